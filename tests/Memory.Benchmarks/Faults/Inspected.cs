namespace Memory.Benchmarks.Faults;

/// <summary>What an inspection found.</summary>
/// <param name="Found">Messages that are there.</param>
/// <param name="Lost">Messages that were answered and are not there.</param>
/// <param name="Doubled">Messages that are there once more than they should be.</param>
/// <param name="OutOfOrder">Messages behind a gap, at another position than was answered, or behind one that its writer sent after it was answered.</param>
/// <param name="WithoutVector">Of a sample, messages that do not have the vector of their text.</param>
internal sealed record Inspected(int Found, int Lost, int Doubled, int OutOfOrder, int WithoutVector)
{
    /// <summary>Both together.</summary>
    public Inspected Plus(Inspected other) => new(
        Found + other.Found, Lost + other.Lost, Doubled + other.Doubled, OutOfOrder + other.OutOfOrder, WithoutVector + other.WithoutVector);
}
