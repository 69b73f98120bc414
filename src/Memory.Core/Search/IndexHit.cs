namespace Memory.Core;

/// <summary>A message that a search considers, with what each signal says of it.</summary>
/// <param name="Thread">The thread's key.</param>
/// <param name="Position">The message's position in it.</param>
/// <param name="CreatedAt">Microseconds since 1970.</param>
/// <param name="Raw">The lexical signal: the sum of idf × weight, comparable within one query; 0 without a term in common.</param>
/// <param name="Score">0 to 1, comparable across queries.</param>
public readonly record struct IndexHit(long Thread, int Position, long CreatedAt, double Raw, double Score)
{
    /// <summary>The dense signal: the cosine of the angle between the message's nearest vector and the query's; null without a vector, minus infinity when it has one that is not near.</summary>
    public double? Cosine { get; init; }

    /// <summary>The place, from 1, that the lexical signal alone gives it; null beyond those considered.</summary>
    public int? LexicalRank { get; init; }

    /// <summary>The place, from 1, that the dense signal alone gives it; null beyond those considered.</summary>
    public int? DenseRank { get; init; }

    /// <summary>Orders by the lexical signal for a bounded queue: lowest first, then newest, so that the oldest of equals is kept.</summary>
    public static IComparer<IndexHit> WorstByWordsFirst { get; } = Comparer<IndexHit>.Create((a, b) =>
        a.Raw != b.Raw ? a.Raw.CompareTo(b.Raw) : NewerFirst(a, b));

    /// <summary>Orders by the dense signal, as <see cref="WorstByWordsFirst"/> does by the lexical one.</summary>
    public static IComparer<IndexHit> WorstByVectorFirst { get; } = Comparer<IndexHit>.Create((a, b) =>
        a.Cosine != b.Cosine ? Nullable.Compare(a.Cosine, b.Cosine) : NewerFirst(a, b));

    /// <summary>Orders by score, as <see cref="WorstByWordsFirst"/> does by the lexical signal.</summary>
    public static IComparer<IndexHit> WorstFirst { get; } = Comparer<IndexHit>.Create((a, b) =>
        a.Score != b.Score ? a.Score.CompareTo(b.Score) : NewerFirst(a, b));

    private static int NewerFirst(IndexHit a, IndexHit b) =>
        a.CreatedAt != b.CreatedAt ? b.CreatedAt.CompareTo(a.CreatedAt)
        : a.Thread != b.Thread ? b.Thread.CompareTo(a.Thread)
        : b.Position.CompareTo(a.Position);
}
