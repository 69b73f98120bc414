using System.Globalization;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Traffic;

/// <summary>
/// Runs the steps of both loops against one server. It has been asked for a while before: a server that has just begun has its code compiled beside the first tens of thousands of
/// requests, and would be half as fast in the first steps as in the last.
/// </summary>
internal sealed class TrafficRun(ITrafficBackend backend, IServerPlace place, ServerProcess server, Corpus corpus, TrafficSettings settings)
{
    private const int WarmUpCallers = 8, MostOutstanding = 2_000;

    // Messages of a warm-up have other ids, since theirs come from the seeds.
    private const int WarmUpSeed = 1_000_000;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20), StepWarmUp = TimeSpan.FromSeconds(2);

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
        await using var place = await backend.NewPlaceAsync(cancellationToken);
        await using var server = ServerProcess.Start(settings.Server, place.ForServer);
        await server.ListeningAsync(cancellationToken);
        return await new TrafficRun(backend, place, server, new Corpus(2 * Population.Messages), settings).RunAsync(cancellationToken);
    }

    private async Task<(Measurement Measurement, bool IsWhole)> RunAsync(CancellationToken cancellationToken)
    {
        List<StepResult> closed = [], open = [], waiting = [];
        await WithPopulationAsync("warm-up", WarmUp, (_, _) => Task.FromResult(true), cancellationToken);
        foreach (var callers in settings.Callers)
        {
            closed.Add(await StepAsync($"{callers} callers", callers, due: null, (ask, tally) => CloseAsync(ask, callers, settings.Step, seed: 0, tally, cancellationToken), cancellationToken));
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
            new Measurement(Facts(few), [tables.Knee(closed), tables.Closed(closed), tables.Open(open), tables.Waiting(waiting), tables.Kept(closed, open.Concat(waiting))]),
            closed.Concat(open).Concat(waiting).All(step => step.Kept.IsWhole));

        Task<StepResult> OpenStepAsync(string unit, int share, int connections)
        {
            var rate = best * share / 100;
            return StepAsync($"{share} % of the best throughput, {unit}", share, rate, (ask, tally) => OpenAsync(ask, rate, connections, seed: share, tally, cancellationToken), cancellationToken);
        }
    }

    private Dictionary<string, string> Facts(int few)
    {
        var facts = Machine.Facts();
        facts["backend"] = backend.Description;
        facts["messages"] = corpus.ToString();
        facts["store"] = Population.Description;
        facts["requests"] = Mix.Description;
        facts["steps"] = string.Create(
            CultureInfo.InvariantCulture, $"{settings.Step.TotalSeconds:0} s each, of one server that was asked for {WarmUp.TotalSeconds:0} s before; driver, server and backend share the machine");
        facts["few connections"] = few.ToString(CultureInfo.InvariantCulture);
        return facts;
    }

    private Task<StepResult> StepAsync(string name, int size, double? due, Func<Func<int, Mix>, Tally, Task<TimeSpan>> load, CancellationToken cancellationToken) => WithPopulationAsync(
        name, StepWarmUp,
        async (client, ask) =>
        {
            var tally = new Tally();
            var (took, usage) = await new Watch(server, backend).DuringAsync(() => load(ask, tally), cancellationToken);
            var result = new StepResult(size, due, took, tally, usage, await client.Ledger.CompareAsync(client.IdsAsync, cancellationToken));
            await Console.Error.WriteLineAsync(
                string.Create(CultureInfo.InvariantCulture, $"{backend.Name}, {name}: {result.Throughput:0.0}/s, {tally}; {result.Kept.Answered} messages answered, {result.Kept.Missing} missing").AsMemory(), cancellationToken);
            return result;
        },
        cancellationToken);

    /// <summary>Does something with a population that is there for it, and has talked a little: what a server keeps of each resource is there, too.</summary>
    private async Task<T> WithPopulationAsync<T>(string name, TimeSpan warmUp, Func<TrafficClient, Func<int, Mix>, Task<T>> doAsync, CancellationToken cancellationToken)
    {
        var population = new Population(string.Concat(name.Where(char.IsAsciiLetterOrDigit)));
        using var client = new TrafficClient(server.Address);
        await population.FillAsync(client, corpus, cancellationToken);
        await place.SettleAsync(cancellationToken);
        await CloseAsync(Ask, WarmUpCallers, warmUp, WarmUpSeed, new Tally(), cancellationToken);
        var result = await doAsync(client, Ask);
        await population.EraseAsync(client, cancellationToken);
        return result;

        Mix Ask(int seed) => new(client, population, corpus, seed);
    }

    private static Task<TimeSpan> CloseAsync(Func<int, Mix> ask, int callers, TimeSpan length, int seed, Tally tally, CancellationToken cancellationToken) => ClosedLoop.RunAsync(
        Enumerable.Range(seed, callers).Select(one => (Func<CancellationToken, Task<Answer>>)ask(one).AskAsync), length, tally, TimeProvider.System, cancellationToken);

    // On a thread of its own, since it holds one.
    private Task<TimeSpan> OpenAsync(Func<int, Mix> ask, double perSecond, int connections, int seed, Tally tally, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => new OpenLoop(TimeProvider.System, Pause.For, connections, MostOutstanding).RunAsync(PoissonArrivals.Within(settings.Step, perSecond, seed), ask(seed).AskAsync, tally, cancellationToken),
        cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
}
