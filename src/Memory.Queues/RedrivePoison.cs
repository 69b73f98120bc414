using Memory.Core;

namespace Memory.Queues;

/// <summary>Puts what stands on the poison queue back, once what was wrong has been seen to.</summary>
public sealed class RedrivePoison(QueueServices queues, IOperationStore operations, TimeProvider clock)
{
    // For one message's way back; whoever redrives at the same time passes over it.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>Puts messages back: an operation is queued again in the store and announced, a message of a producer is as it was.</summary>
    /// <param name="limit">The most messages to put back: what fails again comes back here.</param>
    /// <param name="cancellationToken">Ends the run between two messages.</param>
    /// <returns>How many messages the poison queue has less.</returns>
    /// <exception cref="MemoryStoreException">A queue or the store cannot be reached; what was not put back is still there.</exception>
    public async Task<int> RunAsync(int limit, CancellationToken cancellationToken = default)
    {
        var done = 0;
        while (done < limit && await queues.PoisonOperations.ReceiveAsync(Math.Min(limit - done, QueueChannel.MaxReceived), Lease, cancellationToken) is { Count: > 0 } received)
        {
            foreach (var message in received)
            {
                if (await OriginalAsync(message.Text, cancellationToken) is { } original)
                {
                    await queues.Operations.PutAsync(original, TimeSpan.Zero, Lifetime, cancellationToken);
                }

                await message.DeleteAsync(cancellationToken);
                done++;
            }
        }

        return done;
    }

    /// <summary>What goes back to the queue; null for a reason whose message stands beside it.</summary>
    private async Task<string?> OriginalAsync(string text, CancellationToken cancellationToken)
    {
        if (!PoisonMessage.TryParse(text, out var poison))
        {
            return text;
        }

        if (poison is not { OperationId: { } operationId })
        {
            return poison.Original;
        }

        await operations.RedriveAsync(operationId, clock.GetUtcNow(), cancellationToken);
        return OperationMessage.Announce(operationId);
    }
}
