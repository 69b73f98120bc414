using System.CommandLine;
using System.Globalization;

namespace Memory.Benchmarks.Upstash;

/// <summary><c>upstash</c>: what each call costs on Upstash's protocol, and how long it takes when every request takes a while.</summary>
internal static class UpstashCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var redis = new Option<string>("--redis") { Description = "The Redis behind the stand-in, as HOST:PORT. The run has a prefix of its own there, and removes what it has made.", Required = true };
        var latency = new Option<int>("--latency") { Description = "Milliseconds that the stand-ins add to every request when times are measured.", DefaultValueFactory = _ => 25 };
        var lengths = new Option<int[]>("--lengths") { Description = "Lengths of the thread.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [10, 1_000, 100_000] };
        var serve = new Option<bool>("--serve") { Description = "Starts the stand-ins alone, prints the settings of a server that shall use them, and waits to be stopped. Every line of input is answered by the requests and the commands since the line before." };
        var command = new Command("upstash", "Counts requests, commands and bytes of each call at several lengths of a thread, and measures times with a latency. Speaks to stand-ins of both services on this machine.")
        {
            redis, latency, lengths, serve,
        };
        command.SetAction(async (line, cancellationToken) =>
        {
            await using var standIns = await StandIns.StartAsync(line.GetRequiredValue(redis), cancellationToken);
            if (line.GetValue(serve))
            {
                await ServeAsync(standIns, cancellationToken);
            }

            await Console.Out.WriteLineAsync("| call | messages in the thread | Redis requests | commands | Vector requests | bytes sent | bytes received | US dollars per 1,000 calls |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |".AsMemory(), cancellationToken);
            foreach (var length in line.GetRequiredValue(lengths))
            {
                foreach (var cost in await new CostRun(standIns, length).RunAsync(cancellationToken))
                {
                    await Console.Out.WriteLineAsync(cost.ToString().AsMemory(), cancellationToken);
                }
            }

            var wait = line.GetValue(latency);
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"\n| call, {wait} ms added to every request | p50 ms | floor ms (requests × {wait}) |\n| --- | ---: | ---: |").AsMemory(), cancellationToken);
            foreach (var time in await new LatencyRun(standIns, TimeSpan.FromMilliseconds(wait)).RunAsync(cancellationToken))
            {
                await Console.Out.WriteLineAsync(time.AsMemory(), cancellationToken);
            }
        });
        return command;
    }

    private static async Task ServeAsync(StandIns standIns, CancellationToken cancellationToken)
    {
        await Console.Out.WriteLineAsync(standIns.Settings.AsMemory(), cancellationToken);
        using var input = new StreamReader(Console.OpenStandardInput());
        while (await input.ReadLineAsync(cancellationToken).AsTask().WaitAsync(cancellationToken) is not null) // a read of a terminal heeds no token
        {
            await Console.Out.WriteLineAsync(standIns.Count().ToString().AsMemory(), cancellationToken);
        }

        await Task.Delay(Timeout.Infinite, cancellationToken);
    }
}
