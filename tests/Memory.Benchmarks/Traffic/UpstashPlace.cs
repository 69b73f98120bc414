using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Traffic;

/// <summary>The stand-ins' own database, which they empty when they end.</summary>
/// <param name="settings">What a server is told that shall use it.</param>
internal sealed class UpstashPlace(IReadOnlyDictionary<string, string> settings) : IServerPlace
{
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ForServer => settings;

    /// <summary>Nothing: an answer leaves nothing to be done.</summary>
    public Task SettleAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
