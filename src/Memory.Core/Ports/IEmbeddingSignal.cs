namespace Memory.Core;

/// <summary>Tells a worker that messages await their embedding. Losing a signal loses no work: the sweep looks at the list.</summary>
public interface IEmbeddingSignal
{
    /// <summary>Announces messages.</summary>
    Task AnnounceAsync(CancellationToken cancellationToken = default);
}
