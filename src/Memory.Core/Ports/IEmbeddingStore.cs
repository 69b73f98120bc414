namespace Memory.Core;

/// <summary>
/// The vectors of messages, and the list of messages that await theirs. A message whose vectors do not come with it is put on the list by the transaction
/// that stores or edits it and taken off by the one that stores its vectors, so that no crash in between loses it. No call waits for an embedder.
/// </summary>
public interface IEmbeddingStore
{
    /// <summary>The space of the stored vectors; null when none was stored yet.</summary>
    Task<EmbeddingSpace?> FindSpaceAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces the vectors of messages that still are what was embedded, and takes these off the list; all in one transaction. The first vectors ever
    /// decide the space, and put every message that was there before on the list.
    /// </summary>
    /// <returns>How many messages were still as embedded; an edited or deleted one is passed over.</returns>
    /// <exception cref="RefusedException"><see cref="ErrorCode.DimensionMismatch"/>: other vectors are stored.</exception>
    Task<int> PutAsync(EmbeddingSpace space, IReadOnlyList<MessageVectors> messages, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>Takes messages from the list that are due, for a while: who does not store vectors by then leaves them to the next. Counts an attempt.</summary>
    Task<IReadOnlyList<PendingMessage>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>Leaves messages on the list for later; one that has left it is passed over.</summary>
    Task PostponeAsync(IReadOnlyList<PendingMessage> messages, DateTimeOffset dueAt, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a space the current one and puts every message on the list, in bounded steps. Vectors of the space before are not searched any more and
    /// stay until they are replaced. Asked again for the same space, it goes on where it was.
    /// </summary>
    /// <returns>How many messages still await a vector of that space.</returns>
    Task<long> MoveAsync(EmbeddingSpace space, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>How many messages are on the list. Those that were there before the first vectors get on it step by step, with the claims.</summary>
    Task<long> CountAsync(CancellationToken cancellationToken = default);
}

/// <summary>A message to be embedded.</summary>
/// <param name="Message">Which message, as it is now.</param>
/// <param name="Name">Who speaks.</param>
/// <param name="Text">What is said.</param>
/// <param name="Attempts">How often it has been claimed, this time included.</param>
public sealed record PendingMessage(MessageVersion Message, string? Name, string Text, int Attempts);

/// <summary>A message with certain content: an edit makes another version, and so does the same id in a thread made anew.</summary>
/// <param name="ThreadId">Its thread.</param>
/// <param name="Position">Its position.</param>
/// <param name="MessageId">Its id.</param>
/// <param name="Role">Who speaks.</param>
/// <param name="CreatedAt">When it was said.</param>
/// <param name="Revision">How often it was edited, from 1.</param>
/// <param name="Fingerprint">The content it was appended with.</param>
public sealed record MessageVersion(
    string ThreadId, long Position, string MessageId, MessageRole Role, DateTimeOffset CreatedAt, long Revision, ReadOnlyMemory<byte> Fingerprint)
{
    /// <summary>The version of a stored message.</summary>
    public static MessageVersion Of(StoredMessage stored) => new(
        stored.Message.ThreadId, stored.Message.Position, stored.Message.Id, stored.Message.Role, stored.Message.CreatedAt, stored.Revision, stored.Fingerprint);

    /// <summary>Its content, as an index of vectors elsewhere knows it.</summary>
    public ContentVersion Content => new(ThreadId, MessageId, Revision, Convert.ToHexStringLower(Fingerprint.Span));
}

/// <summary>A message's vectors.</summary>
/// <param name="Message">Which message.</param>
/// <param name="Values">Vectors of unit length, one after another; none for a text that is empty or that the embedder refused for good.</param>
public sealed record MessageVectors(MessageVersion Message, ReadOnlyMemory<float> Values);
