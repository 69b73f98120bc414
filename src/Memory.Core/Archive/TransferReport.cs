namespace Memory.Core;

/// <summary>What a migration or an import did.</summary>
public sealed record TransferReport
{
    /// <summary>Resources looked at.</summary>
    public long Resources { get; init; }

    /// <summary>Threads in which something was written.</summary>
    public long Threads { get; init; }

    /// <summary>Threads that were as they should be.</summary>
    public long UnchangedThreads { get; init; }

    /// <summary>Messages written.</summary>
    public long Messages { get; init; }

    /// <summary>Messages that had been edited at the source since they were copied, and are now again as they are there.</summary>
    public long EditedMessages { get; init; }

    /// <summary>Messages that had been deleted at the source since they were copied, and were deleted.</summary>
    public long DeletedMessages { get; init; }

    /// <summary>Written messages whose vectors came with them.</summary>
    public long MessagesWithVectors { get; init; }

    /// <summary>Written messages that await their vectors: the target's embedder makes them.</summary>
    public long PendingEmbeddings { get; init; }

    /// <summary>Working memory documents written.</summary>
    public long WorkingMemories { get; init; }

    /// <summary>Threads that were removed from the target and copied anew, because it was told to overwrite what stands in the way.</summary>
    public long OverwrittenThreads { get; init; }

    /// <summary>How many things stood in the way; nothing of theirs was changed.</summary>
    public long Conflicts { get; init; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<TransferConflict> FirstConflicts { get; init; } = [];

    /// <summary>How often everything was gone through: once more after every time that found something to do.</summary>
    public int Passes { get; init; }
}

/// <summary>Something in the target that stood in the way.</summary>
/// <param name="ResourceId">The resource.</param>
/// <param name="ThreadId">The thread.</param>
/// <param name="Position">The message's position; null when it is the whole thread.</param>
/// <param name="Reason">What it is.</param>
public sealed record TransferConflict(string ResourceId, string ThreadId, long? Position, string Reason);

/// <summary>How far a migration, an import or a verification is.</summary>
/// <param name="Threads">Threads done.</param>
/// <param name="TotalThreads">Threads there were at the beginning; null when that is not known.</param>
/// <param name="Messages">Messages done, whether they had to be written or not.</param>
/// <param name="TotalMessages">Messages there were at the beginning; null when that is not known.</param>
public sealed record TransferProgress(long Threads, long? TotalThreads, long Messages, long? TotalMessages);
