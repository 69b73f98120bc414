using System.Globalization;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Traffic;

/// <summary>Runs the steps of both loops against one backend. Each has a server and a store of its own: what a step has written is not there in the next.</summary>
internal sealed class TrafficRun(ITrafficBackend backend, TrafficSettings settings)
{
    private const int WarmUpCallers = 8, MostOutstanding = 2_000;

    // Messages of a warm-up have other ids, since theirs come from the seeds.
    private const int WarmUpSeed = 1_000_000;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    private readonly Corpus corpus = new(2 * Population.Messages);

    /// <summary>Runs what is asked for; progress goes to standard error.</summary>
    /// <returns>What was measured, and whether nothing was lost.</returns>
    public static async Task<(Measurement Measurement, bool IsWhole)> RunAsync(TrafficSettings settings, CancellationToken cancellationToken)
    {
        await using ITrafficBackend backend = settings switch
        {
            { Postgres: { } connectionString } => await PostgresTraffic.ConnectAsync(connectionString, cancellationToken),
            { Redis: { } redis } => await UpstashTraffic.StartAsync(redis, cancellationToken),
            _ => new LibSqlTraffic(),
        };
        return await new TrafficRun(backend, settings).RunAsync(cancellationToken);
    }

    private async Task<(Measurement Measurement, bool IsWhole)> RunAsync(CancellationToken cancellationToken)
    {
        var facts = Machine.Facts();
        facts["backend"] = backend.Description;
        facts["messages"] = corpus.ToString();
        facts["store"] = Population.Description;
        facts["requests"] = Mix.Description;
        facts["steps"] = string.Create(
            CultureInfo.InvariantCulture,
            $"{settings.Step.TotalSeconds:0} s each, after {WarmUp.TotalSeconds:0} s of {WarmUpCallers} callers, with a server and a store of its own; driver, server and backend share the machine");

        List<StepResult> closed = [], open = [], waiting = [];
        foreach (var callers in settings.Callers)
        {
            closed.Add(await StepAsync("callers", callers, due: null, (client, tally) => CloseAsync(client, callers, settings.Step, seed: 0, tally, cancellationToken), cancellationToken));
        }

        var best = closed.Max(step => step.Throughput);
        foreach (var share in settings.Shares)
        {
            open.Add(await OpenStepAsync("any connections", share, MostOutstanding));
        }

        var few = Knee.Of(closed, step => step.Size, step => step.Throughput).Size;
        foreach (var share in settings.WaitingShares)
        {
            waiting.Add(await OpenStepAsync($"{few} connections", share, few));
        }

        var tables = new TrafficTables(backend.Name);
        return (
            new Measurement(facts, [tables.Knee(closed), tables.Closed(closed), tables.Open(open), tables.Waiting(waiting), tables.Kept(closed, open.Concat(waiting))]),
            closed.Concat(open).Concat(waiting).All(step => step.Kept.IsWhole));

        Task<StepResult> OpenStepAsync(string unit, int share, int connections)
        {
            var rate = best * share / 100;
            return StepAsync($"% of the best throughput, {unit}", share, rate, (client, tally) => OpenAsync(client, rate, connections, seed: share, tally, cancellationToken), cancellationToken);
        }
    }

    private async Task<StepResult> StepAsync(string unit, int size, double? due, Func<TrafficClient, Tally, Task<TimeSpan>> load, CancellationToken cancellationToken)
    {
        await using var place = backend.NewPlace();
        await using var server = ServerProcess.Start(settings.Server, place.ForServer);
        using var client = new TrafficClient((await server.ListeningAsync(cancellationToken)).Address);
        await Population.FillAsync(client, corpus, cancellationToken);
        await place.SettleAsync(cancellationToken);
        await CloseAsync(client, WarmUpCallers, WarmUp, WarmUpSeed, new Tally(), cancellationToken);

        var tally = new Tally();
        var (took, usage) = await new Watch(server, backend).DuringAsync(() => load(client, tally), cancellationToken);
        var result = new StepResult(size, due, took, tally, usage, await client.Ledger.CompareAsync(client.IdsAsync, cancellationToken));
        await Console.Error.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"{backend.Name}, {size} {unit}: {result.Throughput:0.0}/s, {tally}; {result.Kept.Answered} messages answered, {result.Kept.Missing} missing").AsMemory(), cancellationToken);
        return result;
    }

    private Task<TimeSpan> CloseAsync(TrafficClient client, int callers, TimeSpan length, int seed, Tally tally, CancellationToken cancellationToken) => ClosedLoop.RunAsync(
        Enumerable.Range(seed, callers).Select(one => (Func<CancellationToken, Task<Answer>>)new Mix(client, corpus, one).AskAsync), length, tally, TimeProvider.System, cancellationToken);

    // On a thread of its own, since it holds one.
    private Task<TimeSpan> OpenAsync(TrafficClient client, double perSecond, int connections, int seed, Tally tally, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => new OpenLoop(TimeProvider.System, Pause.For, connections, MostOutstanding)
            .RunAsync(PoissonArrivals.Within(settings.Step, perSecond, seed), new Mix(client, corpus, seed).AskAsync, tally, cancellationToken),
        cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
}
