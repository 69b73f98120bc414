using System.CommandLine;
using System.Globalization;

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
        var command = new Command("libsql", "Counts requests, rows and bytes of each call at several lengths of a thread, and measures times with a latency.") { server, token, latency, lengths };
        command.SetAction(async (line, cancellationToken) =>
        {
            var wait = line.GetValue(latency);
            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"| call | messages in the thread | requests | rows read | rows written | bytes sent | bytes received | p50 ms | p50 ms, {wait} ms added to every request |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |").AsMemory(), cancellationToken);
            foreach (var length in line.GetRequiredValue(lengths))
            {
                using var run = new LibSqlRun(line.GetRequiredValue(server), line.GetRequiredValue(token), length, TimeSpan.FromMilliseconds(wait));
                await foreach (var cost in run.RunAsync(cancellationToken))
                {
                    await Console.Out.WriteLineAsync(cost.AsMemory(), cancellationToken);
                }
            }
        });
        return command;
    }
}
