using System.Diagnostics;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Growth;

/// <summary>Lets a set's store grow, and times its calls at each size; progress goes to standard error.</summary>
internal sealed class GrowthRun(IBackend backend, Corpus corpus)
{
    private const int WarmUpMessages = 2_000, SmallStore = 1_000;

    // Every call is to be compiled, and compiled again by what was learnt of it, before the first that counts.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    private static readonly Column[] StoreColumns =
    [
        new("backend"), new(GrowthPoint.SizeColumn, "N0"), new("filled by messages/s", "N0"), new("bytes", "N0"), new("bytes a message", "N0"), new("MiB of this process", "N0"),
    ];

    /// <summary>Runs a set.</summary>
    /// <returns>The times, the sizes of the store, and what was compared with a small one.</returns>
    public async Task<IReadOnlyList<ResultTable>> RunAsync(GrowthSet set, CancellationToken cancellationToken)
    {
        await WarmUpAsync(set, cancellationToken);
        await using var place = await backend.NewPlaceAsync(cancellationToken);
        await using var conversations = new CoreConversations(place.Open(set.WithVectors), set.WithVectors);
        var store = new GrowingStore(conversations, corpus, set.ThreadLength, backend.FillCallers);
        List<GrowthPoint> points = [];
        List<GrowthPoint> compared = [];
        List<IReadOnlyList<Cell>> sizes = [];
        var (left, memory) = (set.FillLimit, HeldBytes());
        foreach (var size in set.Sizes)
        {
            var (start, before) = (Stopwatch.GetTimestamp(), store.Messages);
            if (await store.FillAsync(size, left, cancellationToken) is { } reason)
            {
                await AddAsync(new GrowthPoint("all", size, null, 0, reason));
                break; // and what is larger takes longer
            }

            var elapsed = Stopwatch.GetElapsedTime(start);
            left -= elapsed;
            await conversations.SweepAsync(cancellationToken);
            var bytes = await place.BytesAsync(cancellationToken); // when it has settled
            foreach (var call in set.Calls.TakeWhile(_ => points is [] or [.., { Milliseconds: not null }]))
            {
                await AddAsync(await GrowthSamples.TakeAsync(call, store, cancellationToken));
            }

            sizes.Add([backend.Name, (double)size, (size - before) / elapsed.TotalSeconds, (double)bytes, (double)bytes / size, Math.Max(0, HeldBytes() - memory) / (1024.0 * 1024)]);
            if (points[^1].Milliseconds is null)
            {
                break; // the call failed, and the backend may still be busy with it
            }

            if (size == set.Sizes.Last() && size > SmallStore && set.Compared.Count > 0)
            {
                compared = await CompareAsync(set, store, cancellationToken);
            }
        }

        return
        [
            Table(set.Name, points), new ResultTable(set.StoreName, StoreColumns, sizes),
            .. compared.Count > 0 ? [Table(GrowthSet.ComparedResource, compared)] : (ResultTable[])[],
        ];

        ResultTable Table(string name, List<GrowthPoint> lines) => new(name, GrowthPoint.Columns, [.. lines.Select(point => point.Row(backend.Name))]);

        async Task AddAsync(GrowthPoint point)
        {
            points.Add(point);
            var times = point.Milliseconds is { } milliseconds ? Unit.Milliseconds.Write(milliseconds) : point.Note;
            await Console.Error.WriteLineAsync(FormattableString.Invariant($"{set.Name}, {point.Messages:N0}, {point.Call}: {times}").AsMemory(), cancellationToken);
        }
    }

    private async Task<List<GrowthPoint>> CompareAsync(GrowthSet set, GrowingStore large, CancellationToken cancellationToken)
    {
        await using var place = await backend.NewPlaceAsync(cancellationToken);
        await using var conversations = new CoreConversations(place.Open(set.WithVectors), set.WithVectors);
        var small = new GrowingStore(conversations, corpus, set.ThreadLength, backend.FillCallers);
        await small.FillAsync(SmallStore, Timeout.InfiniteTimeSpan, cancellationToken);
        List<GrowthPoint> points = [];
        foreach (var call in set.Compared)
        {
            points.AddRange(await GrowthSamples.TakeByTurnsAsync(call, [small, large], cancellationToken));
        }

        return points;
    }

    private async Task WarmUpAsync(GrowthSet set, CancellationToken cancellationToken)
    {
        await using var place = await backend.NewPlaceAsync(cancellationToken);
        await using var conversations = new CoreConversations(place.Open(set.WithVectors), set.WithVectors);
        var store = new GrowingStore(conversations, corpus, set.ThreadLength, callers: 1);
        await store.FillAsync(WarmUpMessages, Timeout.InfiniteTimeSpan, cancellationToken);
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUp;)
        {
            foreach (var call in set.Calls)
            {
                await GrowthSamples.TakeAsync(call, store, cancellationToken);
            }
        }
    }

    // What objects hold, an index in memory for one; not what a backend in another process does. Less than the warm-up left behind counts as nothing.
    private static long HeldBytes() => GC.GetTotalMemory(forceFullCollection: true);
}
