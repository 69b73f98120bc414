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

    /// <summary>When it was accepted, for one that ran later than that; null for one that is answered at once. See <see cref="IMessageStore.EraseResourceAsync"/>.</summary>
    public DateTimeOffset? AcceptedAt { get; init; }

    /// <summary>The time of the append.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>For a store that writes messages of distinct ids: several of one id that say the same are one, and the others are its duplicates.</summary>
    /// <returns>The first message of each id, by its index, and for each message the place of its id's.</returns>
    /// <exception cref="RefusedException"><see cref="ErrorCode.MessageConflict"/>: several of one id say different things.</exception>
    public (List<int> Distinct, int[] Places) DistinctMessages()
    {
        List<int> distinct = new(Messages.Count);
        List<string> conflicts = [];
        var places = new int[Messages.Count];
        var byId = new Dictionary<string, int>(Messages.Count, StringComparer.Ordinal);
        for (var i = 0; i < places.Length; i++)
        {
            var message = Messages[i];
            if (byId.TryAdd(message.Id, distinct.Count))
            {
                distinct.Add(i);
            }
            else if (!Messages[distinct[byId[message.Id]]].Fingerprint.AsSpan().SequenceEqual(message.Fingerprint))
            {
                conflicts.Add(message.Id);
            }

            places[i] = byId[message.Id];
        }

        return conflicts.Count == 0 ? (distinct, places) : throw Conflict(conflicts);
    }

    /// <summary>The refusal of ids that are taken by other content.</summary>
    public RefusedException Conflict(IEnumerable<string> messageIds)
    {
        string[] ids = [.. messageIds];
        return new RefusedException(ErrorCode.MessageConflict, $"Thread '{ThreadId}' holds other messages under these ids: {string.Join(", ", ids)}. Nothing was appended.") { MessageIds = ids };
    }

    /// <summary>The refusal of an append whose resource was erased after it was accepted.</summary>
    public static RefusedException Erased() => new(ErrorCode.ResourceErased, "The resource was erased after this was accepted. Nothing was appended.");

    /// <summary>The refusal of an append to a thread that has moved on.</summary>
    public RefusedException MovedOn(long lastPosition) => new(
        ErrorCode.PositionMismatch, $"Thread '{ThreadId}' is at position {lastPosition}, not {ExpectedPosition}. Read what came meanwhile, then append again.")
    { LastPosition = lastPosition };
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
