using System.CommandLine;
using System.Globalization;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.LibSql;

/// <summary><c>libsql</c>: what each call costs on a libSQL server, and how long it takes when every request takes a while.</summary>
internal static class LibSqlCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var server = new Option<string>("--server") { Description = "The server, as http://HOST:PORT, libsql://HOST or https://HOST. The run has a resource of its own in its database, and erases it.", Required = true };
        var token = new Option<string>("--token") { Description = "Its token.", DefaultValueFactory = _ => "" };
        var latency = new Option<int>("--latency") { Description = "Milliseconds that are added to every request.", DefaultValueFactory = _ => 25 };
        var lengths = new Option<int[]>("--lengths") { Description = "Lengths of the thread.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [10, 1_000, 10_000] };
        var json = Measurement.NewJsonOption();
        var command = new Command("libsql", "Counts requests, rows and bytes of each call at several lengths of a thread, and measures times with a latency.") { server, token, latency, lengths, json };
        command.SetAction(async (line, cancellationToken) =>
        {
            var wait = line.GetValue(latency);
            List<IReadOnlyList<Cell>> lines = [];
            foreach (var length in line.GetRequiredValue(lengths))
            {
                await using var run = new LibSqlRun(line.GetRequiredValue(server), line.GetRequiredValue(token), length, TimeSpan.FromMilliseconds(wait));
                lines.AddRange(await run.RunAsync(cancellationToken));
            }

            var facts = Machine.Facts();
            facts["latency"] = string.Create(CultureInfo.InvariantCulture, $"{wait} ms");
            await new Measurement(facts, [new ResultTable("costs", LibSqlRun.Columns, lines)]).WriteAsync(line.GetValue(json), cancellationToken);
        });
        return command;
    }
}
