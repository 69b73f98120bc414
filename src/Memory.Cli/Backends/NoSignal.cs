using Memory.Core;

namespace Memory.Cli;

/// <summary>Announces nothing: what a command leaves to do is on the lists that the service looks at.</summary>
internal sealed class NoSignal : IEmbeddingSignal, IOperationSignal
{
    /// <inheritdoc/>
    public Task AnnounceAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task AnnounceAsync(string operationId, CancellationToken cancellationToken = default) => Task.CompletedTask;
}
