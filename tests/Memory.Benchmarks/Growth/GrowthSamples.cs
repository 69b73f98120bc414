using System.Diagnostics;
using Memory.Benchmarks.Load;
using Memory.Core;

namespace Memory.Benchmarks.Growth;

/// <summary>Times a call: often when it is quick, a few times when it is slow.</summary>
internal static class GrowthSamples
{
    private const int Least = 10, Most = 1_000, MostWarmUps = 50, Turns = 300;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(1), EnoughWarmUp = TimeSpan.FromMilliseconds(200);

    /// <summary>Times it.</summary>
    /// <exception cref="InvalidOperationException">A call gave nothing.</exception>
    public static async Task<GrowthPoint> TakeAsync(GrowthCall call, GrowingStore store, CancellationToken cancellationToken)
    {
        // Whatever adds messages is to leave the size what it is said to be, give or take a tenth.
        var (messages, most) = (store.Messages, call.Adds ? Math.Clamp(store.Messages / 20, Least / 2, Most) : Most);
        List<double> milliseconds = [];
        try
        {
            await RepeatAsync(call.Adds ? most : MostWarmUps, 2, EnoughWarmUp, call, store, cancellationToken);
            milliseconds = await RepeatAsync(most, Math.Min(most, Least), Enough, call, store, cancellationToken);
            return new GrowthPoint(call.Name, messages, Outcome.Latencies(milliseconds), milliseconds.Count, "");
        }
        catch (MemoryStoreException error)
        {
            return new GrowthPoint(call.Name, messages, null, 0, $"failed: {error.Message}");
        }
    }

    /// <summary>Times it in several stores by turns, so that whatever else the machine does is the same for all.</summary>
    /// <returns>A line for each store.</returns>
    /// <exception cref="InvalidOperationException">A call gave nothing.</exception>
    /// <exception cref="MemoryStoreException">A call failed.</exception>
    public static async Task<IReadOnlyList<GrowthPoint>> TakeByTurnsAsync(GrowthCall call, IReadOnlyList<GrowingStore> stores, CancellationToken cancellationToken)
    {
        var times = stores.Select(store => (Store: store, store.Messages, Milliseconds: new List<double>())).ToList();
        for (var turn = 0; turn < MostWarmUps + Turns; turn++)
        {
            foreach (var (store, _, milliseconds) in times)
            {
                var time = await TimeAsync(call, store, turn, cancellationToken);
                if (turn >= MostWarmUps)
                {
                    milliseconds.Add(time);
                }
            }
        }

        return [.. times.Select(time => new GrowthPoint(call.Name, time.Messages, Outcome.Latencies(time.Milliseconds), time.Milliseconds.Count, ""))];
    }

    private static async Task<List<double>> RepeatAsync(int most, int least, TimeSpan enough, GrowthCall call, GrowingStore store, CancellationToken cancellationToken)
    {
        List<double> milliseconds = [];
        var begin = Stopwatch.GetTimestamp();
        while (milliseconds.Count < most && (milliseconds.Count < least || Stopwatch.GetElapsedTime(begin) < enough))
        {
            milliseconds.Add(await TimeAsync(call, store, milliseconds.Count, cancellationToken));
        }

        return milliseconds;
    }

    private static async Task<double> TimeAsync(GrowthCall call, GrowingStore store, int number, CancellationToken cancellationToken)
    {
        var run = await call.Prepare(store, number, cancellationToken);
        var start = Stopwatch.GetTimestamp();
        var found = await run();
        var elapsed = Stopwatch.GetElapsedTime(start);
        return found > 0 ? elapsed.TotalMilliseconds : throw new InvalidOperationException($"'{call.Name}' gave nothing; a figure for it would mean nothing.");
    }
}
