namespace Memory.Benchmarks.Traffic;

/// <summary>Where more callers bring no more throughput, only longer waits.</summary>
internal static class Knee
{
    private const double EnoughOfBest = 0.95;

    /// <summary>The step with the least callers that reaches 95 % of the best throughput.</summary>
    /// <param name="steps">At least one.</param>
    /// <param name="callers">How many callers a step has.</param>
    /// <param name="throughput">What it reached.</param>
    public static T Of<T>(IReadOnlyCollection<T> steps, Func<T, int> callers, Func<T, double> throughput)
    {
        var best = steps.Max(throughput);
        return steps.Where(step => throughput(step) >= EnoughOfBest * best).MinBy(callers)!; // the best itself is among them
    }
}
