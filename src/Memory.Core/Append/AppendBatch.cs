namespace Memory.Core;

/// <summary>Messages for one thread, to be stored together or not at all.</summary>
public sealed record AppendBatch
{
    /// <summary>The most messages of one append.</summary>
    public const int MaxMessages = 1_000;

    /// <summary>The most bytes of one append's request (4 MiB).</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>The thread.</summary>
    public required string ThreadId { get; init; }

    /// <summary>The thread's resource: needed to create a missing thread, checked against an existing one.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The thread's last position as the caller knows it; a retry of an append that went through is not held against it.</summary>
    public long? ExpectedPosition { get; init; }

    /// <summary>The messages, in order; at least one.</summary>
    public required IReadOnlyList<NewMessage> Messages { get; init; }

    /// <summary>
    /// From when on a worker may embed the messages that get no vectors now and are put on the list of those that await theirs; null without an embedder,
    /// when they are listed only if there are vectors already.
    /// </summary>
    public DateTimeOffset? EmbeddingDueAt { get; init; }

    /// <summary>The messages' vectors, made before they are stored; null when none could be made, or a worker is to make them.</summary>
    public EmbeddedTexts? Embedded { get; init; }

    /// <summary>The time of the append.</summary>
    public required DateTimeOffset Now { get; init; }
}

/// <summary>What an append did.</summary>
/// <param name="ThreadId">The thread.</param>
/// <param name="Messages">A line for each message of the request, in its order.</param>
/// <param name="PendingEmbeddings">How many of them still await an embedding.</param>
public sealed record AppendResult(string ThreadId, IReadOnlyList<AppendedMessage> Messages, int PendingEmbeddings);

/// <summary>Where a message is.</summary>
/// <param name="Id">The message's id, given or made.</param>
/// <param name="Position">Its position in the thread.</param>
/// <param name="CreatedAt">Its time, as stored.</param>
/// <param name="Duplicate">True when it was there already and nothing was written.</param>
public sealed record AppendedMessage(string Id, long Position, DateTimeOffset CreatedAt, bool Duplicate);
