namespace Memory.Benchmarks.Traffic;

/// <summary>How a request ended.</summary>
/// <param name="Refusal">Null when it was done; otherwise the status and its code, or what broke.</param>
internal readonly record struct Answer(string? Refusal)
{
    /// <summary>What a server says that works on as many requests as it may.</summary>
    public const string Overloaded = "503 overloaded";

    /// <summary>It was done.</summary>
    public static Answer Done => default;
}
