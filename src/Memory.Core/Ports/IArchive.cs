namespace Memory.Core;

/// <summary>
/// Threads as they are stored, for moving them whole between backends and files: with positions, times, revisions and vectors. What was deleted is not part of it, and what a copy
/// lacks of it is its ids, which a late redelivery could use again.
/// </summary>
public interface IArchive
{
    /// <summary>Finds threads by id, in one call.</summary>
    /// <returns>Those that exist, in any order.</returns>
    Task<IReadOnlyList<StoredThread>> FindThreadsAsync(IReadOnlyList<string> threadIds, CancellationToken cancellationToken = default);

    /// <summary>Reads the next messages of a thread, in order of position.</summary>
    /// <returns>Null when there is no such thread.</returns>
    Task<ArchivePage?> ReadAsync(ArchiveRead read, CancellationToken cancellationToken = default);

    /// <summary>Makes a resource if it is not there.</summary>
    Task PutResourceAsync(ResourceRecord resource, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes a piece of a thread, which is made if need be: messages that are not there get the positions, times and revisions they had, their words and their vectors; the others
    /// stay as they are. Written again, a piece changes nothing. When anything stands in its way it is not written.
    /// </summary>
    Task<ArchiveOutcome> WriteAsync(ArchivePiece piece, CancellationToken cancellationToken = default);
}

/// <summary>A thread and its working memory's version.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="WorkingMemoryVersion">0 when it has none.</param>
public sealed record StoredThread(ThreadRecord Thread, long WorkingMemoryVersion);

/// <summary>A read of a thread's next messages.</summary>
/// <param name="ThreadId">The thread.</param>
/// <param name="After">The position before the first; 0 at the beginning.</param>
/// <param name="Limit">How many messages at most.</param>
/// <param name="MaxBytes">How many bytes of content at most; one message is read whatever its size.</param>
/// <param name="WithVectors">Whether their vectors are read too.</param>
public sealed record ArchiveRead(string ThreadId, long After, int Limit, int MaxBytes, bool WithVectors)
{
    /// <summary>Whose the thread must be; null for any.</summary>
    public string? ResourceId { get; init; }
}

/// <summary>Messages of a thread as they are stored.</summary>
/// <param name="Messages">In order of position.</param>
/// <param name="HasMore">Whether there are others behind them.</param>
/// <param name="Space">The space of their vectors; null when none are stored.</param>
public sealed record ArchivePage(IReadOnlyList<ArchivedMessage> Messages, bool HasMore, EmbeddingSpace? Space);

/// <summary>A message as it is stored.</summary>
/// <param name="Stored">The message, its revision and the fingerprint of its append.</param>
/// <param name="Vectors">
/// Its vectors of unit length, one after another; empty when there was nothing to embed; null when it has none of the current space, or they were not asked for.
/// </param>
public sealed record ArchivedMessage(StoredMessage Stored, ReadOnlyMemory<float>? Vectors) : ArchiveRecord
{
    /// <summary>The message.</summary>
    public Message Message => Stored.Message;

    /// <summary>Whether another message has the same role, name, content and metadata.</summary>
    public bool SaysTheSameAs(ArchivedMessage other) =>
        (Message.Role, Message.Name, Message.Content.Json, Message.Metadata) == (other.Message.Role, other.Message.Name, other.Message.Content.Json, other.Message.Metadata);

    /// <summary>Its lexical terms, as <see cref="TermCounts.ToBytes"/> writes them; worked out at every call.</summary>
    public byte[] Terms() => LexicalEncoder.EncodeMessage(Message.Name, Message.Content.Text, Message.CreatedAt).ToBytes();
}

/// <summary>A piece of a thread to be written.</summary>
public sealed record ArchivePiece
{
    /// <summary>The thread as it shall be. Of two versions of title, metadata and time to live the newer one stays.</summary>
    public required ThreadRecord Thread { get; init; }

    /// <summary>Its messages, or some of them, in order of position and of distinct ids; there may be none.</summary>
    public required IReadOnlyList<ArchivedMessage> Messages { get; init; }

    /// <summary>
    /// Whether the thread is whole with it: only then its last position and its time of change become those given, unless it has later ones. So a thread that equals its source was
    /// copied to its end.
    /// </summary>
    public required bool IsLast { get; init; }

    /// <summary>
    /// The space of the vectors; it becomes that of the store when it has none yet. When the store's is another one, or a message comes without vectors, messages are put on the list of
    /// those that await theirs.
    /// </summary>
    public EmbeddingSpace? Space { get; init; }

    /// <summary>As in <see cref="AppendBatch.EmbeddingDueAt"/>.</summary>
    public DateTimeOffset? EmbeddingDueAt { get; init; }

    /// <summary>The time of the writing.</summary>
    public required DateTimeOffset Now { get; init; }
}

/// <summary>What became of a piece.</summary>
/// <param name="Written">How many messages were not there and are now.</param>
/// <param name="Pending">How many of these await their vectors.</param>
public sealed record ArchiveOutcome(int Written, int Pending)
{
    /// <summary>Whether the thread belongs to another resource, so that nothing was written.</summary>
    public bool IsTaken { get; init; }

    /// <summary>
    /// The positions of messages of the piece in whose way something stands, so that nothing was written: another fingerprint or another position under the same id, another id at the
    /// same position, or what remains of the message when it was deleted there.
    /// </summary>
    public IReadOnlyList<long> Conflicts { get; init; } = [];
}
