namespace Memory.Queues;

/// <summary>A message that was taken from a queue for a while.</summary>
public sealed class ReceivedMessage(QueueChannel channel, string messageId, string receipt, string text, long deliveries, DateTimeOffset? sentAt)
{
    private string? receipt = receipt;

    /// <summary>The queue's id of it.</summary>
    public string MessageId { get; } = messageId;

    /// <summary>What it says, as it stands on the queue.</summary>
    public string Text { get; } = text;

    /// <summary>How often it has been taken, this time included.</summary>
    public long Deliveries { get; } = deliveries;

    /// <summary>When it was put on the queue.</summary>
    public DateTimeOffset? SentAt { get; } = sentAt;

    /// <summary>Keeps it for a while from now.</summary>
    /// <returns>False when it has passed to somebody else.</returns>
    public async Task<bool> HideAsync(TimeSpan time, CancellationToken cancellationToken = default)
    {
        receipt = receipt is null ? null : await channel.HideAsync(MessageId, receipt, time, cancellationToken);
        return receipt is not null;
    }

    /// <summary>Removes it from the queue, unless it has passed to somebody else.</summary>
    public Task DeleteAsync(CancellationToken cancellationToken = default) =>
        receipt is null ? Task.CompletedTask : channel.DeleteAsync(MessageId, receipt, cancellationToken);
}
