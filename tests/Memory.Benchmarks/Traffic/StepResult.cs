namespace Memory.Benchmarks.Traffic;

/// <summary>What came of a step.</summary>
/// <param name="Size">Its callers, or its rate in percent of the best throughput.</param>
/// <param name="Due">How many requests a second were due; null in a closed loop.</param>
/// <param name="Took">How long it was, until the last answer.</param>
/// <param name="Tally">What became of the requests.</param>
/// <param name="Usage">What it took.</param>
/// <param name="Kept">What was found afterwards.</param>
internal sealed record StepResult(int Size, double? Due, TimeSpan Took, Tally Tally, Usage Usage, Kept Kept)
{
    /// <summary>Requests done a second.</summary>
    public double Throughput => Tally.Done / Took.TotalSeconds;
}
