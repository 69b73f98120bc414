using System.CommandLine;

namespace Memory.Benchmarks.Eval;

/// <summary><c>eval</c>: scores a running server on conversations with labelled questions.</summary>
internal static class EvalCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("folder") { Description = "Holds messages.jsonl and questions.jsonl." };
        folder.AcceptExistingOnly();
        var url = new Option<Uri?>("--url")
        {
            Description = "Where the server listens, such as http://127.0.0.1:8080.",
            Required = true,
            CustomParser = argument =>
            {
                if (Uri.TryCreate(argument.Tokens[0].Value, UriKind.Absolute, out var address))
                {
                    return address;
                }

                argument.AddError("--url must be an absolute address, such as http://127.0.0.1:8080.");
                return null;
            },
        };
        var concurrency = new Option<int>("--concurrency") { Description = "Recalls in flight.", DefaultValueFactory = _ => 1 };
        var command = new Command("eval", "Loads a folder over HTTP, asks its questions, and prints one line of JSON. A second run finds every message there already.")
        {
            folder, url, concurrency,
        };
        command.SetAction(async (line, cancellationToken) =>
        {
            using var http = new HttpClient { BaseAddress = line.GetRequiredValue(url), Timeout = TimeSpan.FromMinutes(2) };
            var evaluation = new Evaluation(new EvalClient(http), EvalFolder.Read(line.GetRequiredValue(folder)), line.GetValue(concurrency));
            await Console.Out.WriteLineAsync((await evaluation.RunAsync(cancellationToken)).ToJsonString().AsMemory(), cancellationToken);
        });
        return command;
    }
}
