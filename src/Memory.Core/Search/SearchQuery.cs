namespace Memory.Core;

/// <summary>A search for the messages that bear on a question.</summary>
public sealed record SearchQuery
{
    /// <summary>Where to look.</summary>
    public required SearchScope Scope { get; init; }

    /// <summary>The question's lexical terms, in ordinal order.</summary>
    public required IReadOnlyList<string> Terms { get; init; }

    /// <summary>The question's vector; null to search by words alone.</summary>
    public QueryVector? Vector { get; init; }

    /// <summary>
    /// What an index of vectors elsewhere found nearest to the question, nearest first; null when the vectors are the store's own. What is not what the store holds is passed over,
    /// and a message that is not among these counts as far from the question, or as having no vector if it still awaits one.
    /// </summary>
    public IReadOnlyList<NearContent>? Nearest { get; init; }

    /// <summary>How much each signal counts, when there is a vector.</summary>
    public FusionWeights Weights { get; init; } = FusionWeights.Default;

    /// <summary>Whether to count the messages in scope that still await their vectors; with neither terms nor a vector nothing else is done.</summary>
    public bool CountPending { get; init; }

    /// <summary>How many hits at most; at least 1. Fewer come back only when fewer match.</summary>
    public required int TopK { get; init; }

    /// <summary>The least score of a hit, 0 to 1.</summary>
    public double MinScore { get; init; }

    /// <summary>Which messages may be hits.</summary>
    public MessageFilter? Filter { get; init; }

    /// <summary>Positions in the scope's thread that are searched as if they were not there.</summary>
    public IReadOnlySet<long> ExcludedPositions { get; init; } = new HashSet<long>();
}

/// <summary>A question as a point in the space of an embedder.</summary>
/// <param name="Space">Which space.</param>
/// <param name="Values">Of unit length.</param>
public sealed record QueryVector(EmbeddingSpace Space, ReadOnlyMemory<float> Values);

/// <summary>What a search found.</summary>
/// <param name="ResourceId">The resource that was searched.</param>
/// <param name="Hits">Best first; equal scores by time of creation.</param>
/// <param name="PendingEmbeddings">How many messages in scope still await their embedding, and could only be found by their words; 0 when it was not asked.</param>
public sealed record SearchResult(string ResourceId, IReadOnlyList<SearchHit> Hits, long PendingEmbeddings)
{
    /// <summary>How many messages are in scope, filters aside; null where that is not known at no cost.</summary>
    public long? MessagesInScope { get; init; }
}

/// <summary>A message that bears on the question.</summary>
/// <param name="ThreadId">Its thread.</param>
/// <param name="Position">Its position there.</param>
/// <param name="Score">0 to 1, higher is better.</param>
/// <param name="Lexical">The lexical signal alone: the sum of idf × weight.</param>
public sealed record SearchHit(string ThreadId, long Position, double Score, double Lexical)
{
    /// <summary>The place, from 1, that the lexical signal alone gives it; null beyond those considered.</summary>
    public int? LexicalRank { get; init; }

    /// <summary>The dense signal alone: the cosine of the angle between its nearest vector and the question's; null without a vector, or when it is not known to be near.</summary>
    public double? Cosine { get; init; }

    /// <summary>The place, from 1, that the dense signal alone gives it; null beyond those considered.</summary>
    public int? DenseRank { get; init; }
}
