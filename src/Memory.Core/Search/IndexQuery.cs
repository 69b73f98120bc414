namespace Memory.Core;

/// <summary>What to look for in a <see cref="MessageIndex"/>.</summary>
public sealed record IndexQuery
{
    /// <summary>The query's distinct terms in ordinal order (<see cref="LexicalEncoder.EncodeQuery"/>).</summary>
    public required IReadOnlyList<string> Terms { get; init; }

    /// <summary>The query's vector of unit length, in the index's own space; null to search by words alone.</summary>
    public ReadOnlyMemory<float>? Vector { get; init; }

    /// <summary>What an index of vectors elsewhere found near the query, in place of this index's own vectors: messages by thread and position, with their cosines.</summary>
    public IReadOnlyList<(long Thread, int Position, double Cosine)>? Nearest { get; init; }

    /// <summary>How much each signal counts, when there is a vector.</summary>
    public FusionWeights Weights { get; init; } = FusionWeights.Default;

    /// <summary>How many hits at most; at least 1.</summary>
    public required int Top { get; init; }

    /// <summary>Hits of this thread only; document frequencies stay those of the whole resource.</summary>
    public long? Thread { get; init; }

    /// <summary>Hits with one of these roles only.</summary>
    public IReadOnlyCollection<MessageRole>? Roles { get; init; }

    /// <summary>Hits created at this time or later; microseconds since 1970.</summary>
    public long From { get; init; } = long.MinValue;

    /// <summary>Hits created at this time or earlier; microseconds since 1970.</summary>
    public long To { get; init; } = long.MaxValue;

    /// <summary>Hits for which this holds only, by thread and position; asked of the best first, since it may be slow.</summary>
    public Func<long, int, bool>? Where { get; init; }

    /// <summary>Hits with at least this score.</summary>
    public double MinScore { get; init; }

    /// <summary>The thread of <see cref="ExcludedPositions"/>.</summary>
    public long ExcludedThread { get; init; }

    /// <summary>Messages to be searched as if they were not there: those the same request has just appended.</summary>
    public IReadOnlySet<long> ExcludedPositions { get; init; } = EmptySet;

    private static readonly IReadOnlySet<long> EmptySet = new HashSet<long>();

    /// <summary>Whether vectors take part.</summary>
    internal bool IsHybrid => Vector is not null || Nearest is not null;

    internal bool Excludes(long thread, int position) =>
        ExcludedPositions.Count > 0 && thread == ExcludedThread && ExcludedPositions.Contains(position);

    internal bool Admits(in IndexedMessage document) =>
        document.Alive
        && (Thread is not { } thread || document.Thread.Key == thread)
        && (Roles is not { } roles || roles.Contains(document.Role))
        && document.CreatedAt >= From && document.CreatedAt <= To
        && !Excludes(document.Thread.Key, document.Position);
}
