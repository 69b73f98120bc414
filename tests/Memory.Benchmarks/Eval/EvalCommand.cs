using System.CommandLine;
using System.Globalization;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Eval;

/// <summary><c>eval</c>: scores a running server on conversations with labelled questions.</summary>
internal static class EvalCommand
{
    /// <summary>The table of what was measured.</summary>
    public const string Table = "eval";

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
        var json = Measurement.NewJsonOption();
        var command = new Command("eval", "Loads a folder over HTTP, asks its questions, and prints one line of JSON. A second run finds every message there already.")
        {
            folder, url, concurrency, json,
        };
        command.SetAction(async (line, cancellationToken) =>
        {
            using var http = new HttpClient { BaseAddress = line.GetRequiredValue(url), Timeout = TimeSpan.FromMinutes(2) };
            var evaluation = new Evaluation(new EvalClient(http), EvalFolder.Read(line.GetRequiredValue(folder)), line.GetValue(concurrency));
            var figures = await evaluation.RunAsync(cancellationToken);
            await Console.Out.WriteLineAsync(figures.ToJsonString().AsMemory(), cancellationToken);
            if (line.GetValue(json) is { } file)
            {
                var rows = figures.Select(IReadOnlyList<Cell> (figure) => [figure.Key, Convert.ToDouble(figure.Value?.GetValue<object>(), CultureInfo.InvariantCulture)]);
                var table = new ResultTable(Table, [new("figure"), new("value", "0.####")], [.. rows]);
                await new Measurement(Machine.Facts(), [table]).SaveAsync(file, cancellationToken);
            }
        });
        return command;
    }
}
