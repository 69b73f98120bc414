using System.CommandLine;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Traffic;

/// <summary><c>load</c>: how much a server of ours takes over HTTP, and how long its callers wait.</summary>
internal static class LoadCommand
{
    // A run that takes longer than this hangs, or was asked for too much.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    // The first messages, a short warm-up, the look at what is there afterwards, and its removal.
    private static readonly TimeSpan AroundStep = TimeSpan.FromSeconds(15);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var backend = new Option<string>("--backend") { Description = "Where the server keeps what it is sent.", DefaultValueFactory = _ => "libsql" };
        backend.AcceptOnlyFromAmong("libsql", "postgres", "upstash");
        var postgres = new Option<string?>("--postgres") { Description = "With --backend postgres: the database, as Npgsql's connection string. Each step has a schema of its own there, and removes it." };
        var redis = new Option<string?>("--redis") { Description = "With --backend upstash: the Redis behind a stand-in of Upstash, as HOST:PORT. The run takes an empty database of it, and leaves it empty." };
        var seconds = new Option<int>("--seconds") { Description = "How long each step asks.", DefaultValueFactory = _ => 10 };
        var callers = new Option<int[]>("--callers") { Description = "Steps of the closed loop: how many callers.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 2, 4, 8, 16, 32, 64, 128] };
        var rates = new Option<int[]>("--rates")
        {
            Description = "Steps of the open loop: requests a second, in percent of the closed loop's best.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [10, 25, 50, 75, 90, 100, 110, 125],
        };
        var waiting = new Option<int[]>("--waiting-rates")
        {
            Description = "The same with as many connections as bring the best throughput and no more, where requests wait for one and latency from sending is blind to it.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [90, 110],
        };
        var server = new Option<FileInfo?>("--server") { Description = "The server to measure, a .dll or an executable.", DefaultValueFactory = _ => RunSettings.BuiltServer() };
        var json = Measurement.NewJsonOption();
        var command = new Command("load", "Measures throughput and latency over HTTP on loopback: callers who ask again when they are answered, then requests that leave on a schedule. Ends with 2 when a message was lost.")
        {
            backend, postgres, redis, seconds, callers, rates, waiting, server, json,
        };
        command.Validators.Add(line =>
        {
            if ((line.GetValue(backend) == "postgres") != (line.GetValue(postgres) is not null) || (line.GetValue(backend) == "upstash") != (line.GetValue(redis) is not null))
            {
                line.AddError("--backend postgres and --postgres CONNECTION STRING need each other, and so do --backend upstash and --redis HOST:PORT.");
            }

            int[] steps = [.. line.GetValue(callers) ?? [], .. line.GetValue(rates) ?? [], .. line.GetValue(waiting) ?? []];
            if ((line.GetResult(callers) is { Implicit: false } && line.GetValue(callers) is []) || steps.Append(line.GetValue(seconds)).Any(number => number < 1))
            {
                line.AddError("--callers, rates and --seconds are 1 or more, and there is a step with callers at least.");
            }
            else if (steps.Length * (TimeSpan.FromSeconds(line.GetValue(seconds)) + AroundStep) > Limit)
            {
                line.AddError($"That would take more than {Limit.TotalMinutes:0} minutes: ask for fewer steps or seconds.");
            }
        });
        command.SetAction(async (line, cancellationToken) =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Limit);
            var program = line.GetValue(server) ?? throw new FileNotFoundException("There is no server: build src/Memory.Server in Release, or name one with --server.");
            var settings = new TrafficSettings(
                program.FullName, line.GetValue(postgres), line.GetValue(redis), TimeSpan.FromSeconds(line.GetValue(seconds)), line.GetRequiredValue(callers), line.GetRequiredValue(rates), line.GetRequiredValue(waiting));
            var (measurement, isWhole) = await TrafficRun.RunAsync(settings, limit.Token);
            await measurement.WriteAsync(line.GetValue(json), limit.Token);
            return isWhole ? 0 : 2;
        });
        return command;
    }
}
