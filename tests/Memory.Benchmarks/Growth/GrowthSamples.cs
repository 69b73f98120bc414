using System.Diagnostics;
using Memory.Benchmarks.Load;
using Memory.Core;

namespace Memory.Benchmarks.Growth;

/// <summary>Times a call: often when it is quick, a few times when it is slow.</summary>
internal static class GrowthSamples
{
    private const int Least = 10, Most = 1_000, MostWarmUps = 50;
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

    private static async Task<List<double>> RepeatAsync(int most, int least, TimeSpan enough, GrowthCall call, GrowingStore store, CancellationToken cancellationToken)
    {
        List<double> milliseconds = [];
        var begin = Stopwatch.GetTimestamp();
        while (milliseconds.Count < most && (milliseconds.Count < least || Stopwatch.GetElapsedTime(begin) < enough))
        {
            var run = await call.Prepare(store, milliseconds.Count, cancellationToken);
            var start = Stopwatch.GetTimestamp();
            var found = await run();
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (found == 0)
            {
                throw new InvalidOperationException($"'{call.Name}' gave nothing; a figure for it would mean nothing.");
            }
        }

        return milliseconds;
    }
}
