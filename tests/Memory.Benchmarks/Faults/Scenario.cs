namespace Memory.Benchmarks.Faults;

/// <summary>A fault and the backend it comes upon.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Backend">The backend.</param>
/// <param name="StartAsync">Starts the product, given how long it will be struck; throws <see cref="LeftOutException"/> where that cannot be had.</param>
internal sealed record Scenario(string Fault, string Backend, Func<TimeSpan, CancellationToken, Task<ITarget>> StartAsync)
{
    /// <summary>How many of the writers have their messages appended later.</summary>
    public int QueuedWriters { get; init; } = 2;

    /// <summary>Both names.</summary>
    public override string ToString() => $"{Fault}, {Backend}";
}
