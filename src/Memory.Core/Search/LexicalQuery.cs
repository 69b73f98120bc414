namespace Memory.Core;

/// <summary>What to look for in a <see cref="LexicalIndex"/>.</summary>
public sealed record LexicalQuery
{
    /// <summary>The query's distinct terms in ordinal order (<see cref="LexicalEncoder.EncodeQuery"/>).</summary>
    public required IReadOnlyList<string> Terms { get; init; }

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

    /// <summary>Hits with at least this normalized score.</summary>
    public double MinScore { get; init; }

    /// <summary>The thread of <see cref="ExcludedPositions"/>.</summary>
    public long ExcludedThread { get; init; }

    /// <summary>Messages to be searched as if they were not there: those the same request has just appended.</summary>
    public IReadOnlySet<long> ExcludedPositions { get; init; } = EmptySet;

    private static readonly IReadOnlySet<long> EmptySet = new HashSet<long>();

    internal bool Excludes(long thread, int position) =>
        ExcludedPositions.Count > 0 && thread == ExcludedThread && ExcludedPositions.Contains(position);
}

/// <summary>A message found by its terms.</summary>
/// <param name="Thread">The thread's key.</param>
/// <param name="Position">The message's position in it.</param>
/// <param name="Raw">The sum of idf × weight: comparable within one query.</param>
/// <param name="Score"><paramref name="Raw"/> as a share of what a message of nothing but the query's terms could reach: 0 to 1, comparable across queries.</param>
/// <param name="CreatedAt">Microseconds since 1970.</param>
public readonly record struct LexicalHit(long Thread, int Position, double Raw, double Score, long CreatedAt)
{
    /// <summary>Orders hits for a bounded queue: lowest score first, then newest, so that the oldest of equals is kept.</summary>
    public static IComparer<LexicalHit> WorstFirst { get; } = Comparer<LexicalHit>.Create((a, b) =>
        a.Raw != b.Raw ? a.Raw.CompareTo(b.Raw)
        : a.CreatedAt != b.CreatedAt ? b.CreatedAt.CompareTo(a.CreatedAt)
        : a.Thread != b.Thread ? b.Thread.CompareTo(a.Thread)
        : b.Position.CompareTo(a.Position));
}
