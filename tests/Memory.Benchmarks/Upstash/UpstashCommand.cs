using System.CommandLine;
using System.Globalization;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Upstash;

/// <summary><c>upstash</c>: what each call costs on Upstash's protocol, and how long it takes when every request takes a while.</summary>
internal static class UpstashCommand
{
    // The peer reads every message of a longer thread, one command each.
    private const int PeerLength = 1_000;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var redis = new Option<string>("--redis") { Description = "The Redis behind the stand-ins, as HOST:PORT. The run takes empty databases of it, and leaves them empty.", Required = true };
        var latency = new Option<int>("--latency") { Description = "Milliseconds that the stand-ins add to every request when times are measured.", DefaultValueFactory = _ => 25 };
        var lengths = new Option<int[]>("--lengths") { Description = "Lengths of the thread.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [10, 1_000, 100_000] };
        var peer = new Option<DirectoryInfo?>("--peer")
        {
            Description = "Also counts what the peer's calls cost, up to a thread of 1,000; its packages are installed into this folder, which should lie outside the repository.",
        };
        var serve = new Option<bool>("--serve") { Description = "Starts the stand-ins alone, prints the settings of a server that shall use them, and waits to be stopped. Every line of input is answered by the requests and the commands since the line before." };
        var json = Measurement.NewJsonOption();
        var command = new Command("upstash", "Counts requests, commands and bytes of each call at several lengths of a thread, and measures times with a latency. Speaks to stand-ins of both services on this machine.")
        {
            redis, latency, lengths, peer, serve, json,
        };
        command.SetAction(async (line, cancellationToken) =>
        {
            var address = line.GetRequiredValue(redis);
            if (line.GetValue(serve))
            {
                await using var standIns = await StandIns.StartAsync(address, cancellationToken);
                await ServeAsync(standIns, cancellationToken);
            }

            var facts = Machine.Facts();
            var costs = await CountAsync(address, line.GetRequiredValue(lengths), line.GetValue(peer), facts, cancellationToken);
            var wait = line.GetValue(latency);
            facts["latency"] = string.Create(CultureInfo.InvariantCulture, $"{wait} ms");
            var times = await new LatencyRun(address, TimeSpan.FromMilliseconds(wait)).RunAsync(cancellationToken);
            await new Measurement(facts, [new ResultTable(Cost.Table, Cost.Columns, [.. costs.Select(cost => cost.Row)]), times]).WriteAsync(line.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<List<Cost>> CountAsync(string redis, int[] lengths, DirectoryInfo? peer, Dictionary<string, string> facts, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var packages = peer is null ? null : await PeerPackages.InstallAsync(peer, cancellationToken);
        await using var worker = packages is null ? null : new PeerWorker(packages, new Corpus(PeerLength), folder);
        if (packages is not null)
        {
            facts["peer"] = packages.Description;
        }

        List<Cost> costs = [];
        foreach (var length in lengths)
        {
            var run = new CostRun(redis, length);
            costs.AddRange(await run.OursAsync(cancellationToken));
            if (worker is not null && length <= PeerLength)
            {
                costs.AddRange(await run.PeersAsync(worker, cancellationToken));
            }
        }

        return [.. costs.OrderBy(cost => cost.Length).ThenBy(cost => cost.Program)];
    }

    private static async Task ServeAsync(StandIns standIns, CancellationToken cancellationToken)
    {
        await Console.Out.WriteLineAsync(standIns.Settings.AsMemory(), cancellationToken);
        using var input = new StreamReader(Console.OpenStandardInput());
        var isAsked = false;
        while (await input.ReadLineAsync(cancellationToken).AsTask().WaitAsync(cancellationToken) is not null) // a read of a terminal heeds no token
        {
            isAsked = true;
            await Console.Out.WriteLineAsync(standIns.Count().ToString().AsMemory(), cancellationToken);
        }

        // Who asks ends it by asking no more; without any input it is ended otherwise.
        await Task.Delay(isAsked ? 0 : Timeout.Infinite, cancellationToken);
    }
}
