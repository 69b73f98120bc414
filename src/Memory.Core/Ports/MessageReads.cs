namespace Memory.Core;

/// <summary>A read of several pieces in one call.</summary>
public sealed record MessageRead
{
    /// <summary>The thread whose last messages are wanted, and which must exist; null when only ranges are.</summary>
    public string? ThreadId { get; init; }

    /// <summary>How many of the thread's last messages.</summary>
    public int Last { get; init; }

    /// <summary>The resource that the thread, and every range's thread, must belong to; null for any.</summary>
    public string? ResourceId { get; init; }

    /// <summary>Further pieces.</summary>
    public IReadOnlyList<PositionRange> Ranges { get; init; } = [];
}

/// <summary>Positions of a thread, both ends included.</summary>
/// <param name="ThreadId">The thread.</param>
/// <param name="From">The first position.</param>
/// <param name="To">The last position.</param>
public sealed record PositionRange(string ThreadId, long From, long To);

/// <summary>A page of a thread's messages.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="Limit">How many at most.</param>
/// <param name="Descending">Newest first.</param>
/// <param name="After">The position of the last message of the page before; null for the first page.</param>
/// <param name="Filter">Role and time range; conditions on metadata are not looked at.</param>
public sealed record MessageListing(ThreadAddress Thread, int Limit, bool Descending, long? After, MessageFilter? Filter);

/// <summary>A change of a message.</summary>
/// <param name="Message">The message as it shall be.</param>
/// <param name="Terms">Its lexical terms.</param>
/// <param name="Revision">The revision that was read.</param>
/// <param name="Fingerprint">The content it was appended with.</param>
/// <param name="Now">The time of the change.</param>
/// <param name="IsSameText">Whether its name and text are as before, so that its vectors stay; otherwise they go with the old text.</param>
/// <param name="EmbeddingDueAt">As in <see cref="AppendBatch.EmbeddingDueAt"/>.</param>
/// <param name="Embedded">The new text's vectors, as in <see cref="AppendBatch.Embedded"/>.</param>
public sealed record MessageEdit(
    Message Message, byte[] Terms, long Revision, ReadOnlyMemory<byte> Fingerprint, DateTimeOffset Now, bool IsSameText, DateTimeOffset? EmbeddingDueAt, EmbeddedTexts? Embedded = null)
{
    /// <summary>Whose its thread must be; null for any.</summary>
    public string? ResourceId { get; init; }
}

/// <summary>A page of messages.</summary>
/// <param name="Items">In the order asked.</param>
/// <param name="HasMore">Whether another page follows.</param>
public sealed record MessagePage(IReadOnlyList<Message> Items, bool HasMore);

/// <summary>A message and which version of it this is.</summary>
/// <param name="Message">The message.</param>
/// <param name="Revision">1, and one more for every edit.</param>
/// <param name="Fingerprint">The content it was appended with (<see cref="MessageFingerprint"/>).</param>
public sealed record StoredMessage(Message Message, long Revision, ReadOnlyMemory<byte> Fingerprint);
