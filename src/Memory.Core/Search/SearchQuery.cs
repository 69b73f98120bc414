namespace Memory.Core;

/// <summary>A search for the messages that bear on a question.</summary>
public sealed record SearchQuery
{
    /// <summary>Where to look.</summary>
    public required SearchScope Scope { get; init; }

    /// <summary>The question's lexical terms, in ordinal order.</summary>
    public required IReadOnlyList<string> Terms { get; init; }

    /// <summary>How many hits at most; at least 1. Fewer come back only when fewer match.</summary>
    public required int TopK { get; init; }

    /// <summary>The least score of a hit, 0 to 1.</summary>
    public double MinScore { get; init; }

    /// <summary>Which messages may be hits.</summary>
    public MessageFilter? Filter { get; init; }

    /// <summary>Positions in the scope's thread that are searched as if they were not there.</summary>
    public IReadOnlySet<long> ExcludedPositions { get; init; } = new HashSet<long>();
}

/// <summary>What a search found.</summary>
/// <param name="ResourceId">The resource that was searched.</param>
/// <param name="Hits">Best first; equal scores by time of creation.</param>
/// <param name="PendingEmbeddings">How many messages in scope still await their embedding, and could only be found by their words.</param>
public sealed record SearchResult(string ResourceId, IReadOnlyList<SearchHit> Hits, long PendingEmbeddings);

/// <summary>A message that bears on the question.</summary>
/// <param name="ThreadId">Its thread.</param>
/// <param name="Position">Its position there.</param>
/// <param name="Score">0 to 1, higher is better.</param>
/// <param name="Lexical">The lexical signal alone: the sum of idf × weight.</param>
public sealed record SearchHit(string ThreadId, long Position, double Score, double Lexical);
