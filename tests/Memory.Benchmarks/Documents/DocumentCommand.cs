using System.CommandLine;

namespace Memory.Benchmarks.Documents;

/// <summary><c>document</c>: puts what was measured into the documents.</summary>
internal static class DocumentCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var root = new Option<DirectoryInfo>("--root") { Description = "The repository.", DefaultValueFactory = _ => new DirectoryInfo(".") };
        var check = new Option<bool>("--check") { Description = "Writes nothing, and fails if a document is not what its measurements make of it." };
        var command = new Command("document", "Puts the tables and plots of docs/measurements into the documents.") { root, check };
        command.SetAction(async (line, cancellationToken) =>
        {
            var status = 0;
            foreach (var (path, text) in DocumentFiles.Make(line.GetRequiredValue(root)))
            {
                if (File.Exists(path) && await File.ReadAllTextAsync(path, cancellationToken) == text)
                {
                    continue;
                }

                await Console.Out.WriteLineAsync((line.GetValue(check) ? $"{path} is not what its measurements make of it." : $"{path} written.").AsMemory(), cancellationToken);
                if (line.GetValue(check))
                {
                    status = 1;
                }
                else
                {
                    await File.WriteAllTextAsync(path, text, cancellationToken);
                }
            }

            return status;
        });
        return command;
    }
}
