namespace Memory.Benchmarks.Faults;

/// <summary>Where a scenario's messages are kept, and what can be done to it. Disposing it removes everything.</summary>
/// <param name="Settings">How a server is told, as its environment.</param>
/// <param name="StrikeAsync">Breaks it and heals it again, as <see cref="ITarget.StrikeAsync"/>.</param>
/// <param name="ReleaseAsync">Removes it.</param>
internal sealed record Ground(IReadOnlyDictionary<string, string> Settings, Func<Random, CancellationToken, Task> StrikeAsync, Func<ValueTask> ReleaseAsync) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ReleaseAsync();
}
