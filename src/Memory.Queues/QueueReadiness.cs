using Memory.Core;

namespace Memory.Queues;

/// <summary>Whether the queues can be reached; one that is not there yet is made when it is first needed.</summary>
internal sealed class QueueReadiness(QueueServices queues, QueueOptions options, TimeProvider clock) : IReadiness
{
    /// <inheritdoc/>
    public async Task CheckAsync(CancellationToken cancellationToken = default)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await Task.WhenAll(queues.Operations.CountAsync(either.Token), queues.Embeddings.CountAsync(either.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MemoryStoreException("queue", "look at the queue", isTransient: true, $"no answer within {options.TimeoutSeconds:0.##} s");
        }
    }
}
