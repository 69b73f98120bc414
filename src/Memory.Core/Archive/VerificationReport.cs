namespace Memory.Core;

/// <summary>What to verify.</summary>
public sealed record VerificationRequest
{
    /// <summary>Which resources; all of them when it is empty.</summary>
    public IReadOnlyList<string> ResourceIds { get; init; } = [];

    /// <summary>How many messages are looked for in both by their own words and vectors; 0 for none.</summary>
    public int Samples { get; init; } = 50;

    /// <summary>How many threads are compared at once.</summary>
    public int Lanes { get; init; } = 4;
}

/// <summary>What a comparison of two backends found.</summary>
public sealed record VerificationReport
{
    /// <summary>What the source holds.</summary>
    public required ArchiveCounts Source { get; init; }

    /// <summary>What the target holds.</summary>
    public required ArchiveCounts Target { get; init; }

    /// <summary>How many differences there are.</summary>
    public required long Differences { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<ArchiveDifference> FirstDifferences { get; init; }

    /// <summary>How many messages were looked for.</summary>
    public int Samples { get; init; }

    /// <summary>Of the ten best hits in the source's resource the share that is among the target's, on average; 1 when they are the same, null without samples.</summary>
    public double? RecallOverlap { get; init; }

    /// <summary>Whether the two hold the same and answer alike: no difference, and an overlap of at least <see cref="VerifyMemory.LeastOverlap"/>.</summary>
    public bool IsSame => Differences == 0 && RecallOverlap is not < VerifyMemory.LeastOverlap;
}

/// <summary>Counts of a backend.</summary>
/// <param name="Resources">Resources.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Messages">Messages.</param>
/// <param name="WorkingMemories">Working memory documents.</param>
/// <param name="Digest">The hash chains of all threads together, as hexadecimal digits: equal for equal threads, in whatever order they were read.</param>
public sealed record ArchiveCounts(long Resources, long Threads, long Messages, long WorkingMemories, string Digest);

/// <summary>A difference between two backends.</summary>
/// <param name="ResourceId">The resource.</param>
/// <param name="ThreadId">The thread; null for the resource itself.</param>
/// <param name="Position">The first message that differs; null when it is none of them.</param>
/// <param name="Reason">What differs.</param>
public sealed record ArchiveDifference(string ResourceId, string? ThreadId, long? Position, string Reason);
