using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>What a server found for a search, before it is fused.</summary>
/// <param name="resourceId">The resource that was searched; null when there is no such thread.</param>
/// <param name="pending">How many messages in scope await their vectors.</param>
/// <param name="isIndexed">False when the words of some messages are not indexed yet, and nothing was searched.</param>
/// <param name="withMessages">Whether messages are read.</param>
internal sealed class SearchAnswer(string? resourceId, long pending, bool isIndexed, bool withMessages)
{
    private readonly List<IndexHit> byWords = [], byVector = [];
    private double attainable;

    public string? ResourceId { get; } = resourceId;

    public long Pending { get; } = pending;

    public bool IsIndexed { get; } = isIndexed;

    /// <summary>How many messages' words might be worth as much as the last hit's.</summary>
    public long Reaching { get; private set; }

    /// <summary>The ids of threads by their keys, of those that the server expected to be among the hits.</summary>
    public Dictionary<long, string> ThreadIds { get; } = [];

    /// <summary>The messages around what the server expected to be hits; null when none were asked for.</summary>
    public Dictionary<(string ThreadId, long Position), Message>? Messages { get; } = withMessages ? [] : null;

    /// <summary>Adds a row of the answer.</summary>
    public void Add(IRow row)
    {
        switch (row.GetString(SearchSql.Kind))
        {
            case "search":
                (Reaching, attainable) = (row.GetInt64(0), row.GetDouble(SearchSql.Score));
                break;
            case "message":
                var message = Rows.Message(row, row.GetString(SearchSql.ThreadId));
                Messages![(message.ThreadId, message.Position)] = message; // asked for
                break;
            case var kind:
                var hit = Hit(row);
                (kind == "words" ? byWords : byVector).Add(hit);
                if (!row.IsNull(SearchSql.ThreadId))
                {
                    ThreadIds[hit.Thread] = row.GetString(SearchSql.ThreadId);
                }

                break;
        }
    }

    /// <summary>The hits.</summary>
    public IReadOnlyList<IndexHit> Rank(SearchQuery query)
    {
        byWords.Sort((a, b) => IndexHit.WorstByWordsFirst.Compare(b, a));
        byVector.Sort((a, b) => IndexHit.WorstByVectorFirst.Compare(b, a));
        return query.Vector is null
            ? [.. byWords.Select((hit, at) => hit with { LexicalRank = at + 1 }).Where(hit => hit.Score >= query.MinScore)]
            : Fusion.Rank(byWords, byVector, attainable, query.Weights, query.TopK, query.MinScore);
    }

    private IndexHit Hit(IRow row)
    {
        var (key, score) = (row.GetInt64(0), row.GetDouble(SearchSql.Score));
        return new IndexHit(MessageKey.Thread(key), MessageKey.Position(key), row.GetInt64(2), score, attainable > 0 ? score / attainable : 0)
        {
            Cosine = row.IsNull(SearchSql.Cosine) ? null : row.GetDouble(SearchSql.Cosine) is > SearchSql.Far and var cosine ? cosine : double.NegativeInfinity,
        };
    }
}
