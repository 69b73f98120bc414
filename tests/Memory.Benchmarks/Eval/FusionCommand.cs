using System.CommandLine;

namespace Memory.Benchmarks.Eval;

/// <summary><c>fusion</c>: words, vectors and both on conversations with labelled questions, with embedders from useless to better than words.</summary>
internal static class FusionCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("folder") { Description = "Holds messages.jsonl and questions.jsonl." };
        folder.AcceptExistingOnly();
        var models = new Option<DirectoryInfo?>("--models")
        {
            Description = "Also runs two real models, from npm packages installed into this folder, which should lie outside the repository; needs node and npm.",
        };
        var command = new Command("fusion", "Prints a table: how often an answer is among the best hits, by words, by vectors and by both.") { folder, models };
        command.SetAction(async (line, cancellationToken) =>
        {
            var data = EvalFolder.Read(line.GetRequiredValue(folder));
            var table = new FusionTable(data);
            foreach (var vectors in EvalVectors.BuiltIn(data))
            {
                table.Add(vectors);
            }

            if (line.GetValue(models) is { } packagesFolder)
            {
                var packages = new EmbedderPackages(packagesFolder);
                await packages.InstallAsync(cancellationToken);
                table.Add(await EvalVectors.OfAsync(packages, "glove", "GloVe word vectors, mean of 100 dims", data, cancellationToken));
                table.Add(await EvalVectors.OfAsync(packages, "use", "Universal Sentence Encoder lite, 512 dims", data, cancellationToken));
            }

            await Console.Out.WriteLineAsync(table.ToString().AsMemory(), cancellationToken);
        });
        return command;
    }
}
