using HdrHistogram;

namespace Memory.Benchmarks.Traffic;

/// <summary>How long requests took, noted from any thread: from a microsecond to ten minutes, each to a thousandth of itself.</summary>
internal sealed class Latencies
{
    private const long MostMicroseconds = 600_000_000;
    private const int Digits = 3;

    private readonly LongConcurrentHistogram microseconds = new(1, MostMicroseconds, Digits);

    /// <summary>The longest, in milliseconds; null when there is none.</summary>
    public double? Longest => Percentile(100);

    /// <summary>Notes one.</summary>
    public void Note(TimeSpan took) => microseconds.RecordValue(Math.Clamp((long)took.TotalMicroseconds, 1, MostMicroseconds));

    /// <summary>The time within which this share of them was over, in milliseconds; null when there is none.</summary>
    /// <param name="percent">The share, of a hundred.</param>
    public double? Percentile(double percent) => microseconds.TotalCount == 0 ? null : microseconds.GetValueAtPercentile(percent) / 1_000.0;
}
