namespace Memory.Benchmarks.Load;

/// <summary>What one run of a piece of work came to.</summary>
/// <param name="Main">A rate, an amount, or the median of times.</param>
/// <param name="Tail">The 95th percentile of times.</param>
internal sealed record Outcome(double Main, double? Tail = null)
{
    /// <summary>What a reader of the figure must know; null when there is nothing.</summary>
    public string? Note { get; init; }

    /// <summary>So many a second.</summary>
    public static Outcome Rate(int count, TimeSpan elapsed) => new(count / elapsed.TotalSeconds);

    /// <summary>Median and 95th percentile.</summary>
    public static Outcome Latencies(IEnumerable<double> milliseconds)
    {
        var sorted = milliseconds.Order().ToList();
        return sorted.Count == 0 ? new Outcome(0, 0) : new Outcome(Quantile(sorted, 0.5), Quantile(sorted, 0.95));
    }

    /// <summary>The median of several runs, main figure and tail each for itself.</summary>
    public static Outcome Median(IReadOnlyList<Outcome> runs) => new(
        Median(runs.Select(run => run.Main)),
        runs.All(run => run.Tail is not null) ? Median(runs.Select(run => run.Tail ?? 0)) : null);

    /// <summary>The median of at least one number.</summary>
    public static double Median(IEnumerable<double> numbers)
    {
        var sorted = numbers.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    // Nearest rank: a figure that was really measured.
    private static double Quantile(List<double> sorted, double share) =>
        sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];
}
