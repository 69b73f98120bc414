using System.Text.Json;
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

    /// <summary>The most that the words of a message can be worth that was not scored; null when all were.</summary>
    public double? Unscored { get; private set; }

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
                attainable = row.GetDouble(SearchSql.Attainable);
                Unscored = row.IsNull(SearchSql.Unscored) ? null : row.GetDouble(SearchSql.Unscored);
                AddRanking(row.GetString(SearchSql.Ranking));
                break;
            default:
                var message = Rows.Message(row, row.GetString(SearchSql.ThreadId));
                Messages![(message.ThreadId, message.Position)] = message; // asked for
                break;
        }
    }

    /// <summary>Whether a message that was not scored might belong among the hits.</summary>
    public bool IsShort(SearchQuery query)
    {
        byWords.Sort((a, b) => IndexHit.WorstByWordsFirst.Compare(b, a));
        return Unscored is { } most && (byWords.Count < query.TopK || byWords[query.TopK - 1].Raw < most);
    }

    /// <summary>The hits.</summary>
    public IReadOnlyList<IndexHit> Rank(SearchQuery query)
    {
        // Of the nearest only some are among the best by words; those beyond the hits wanted can't become hits by their words.
        byWords.Sort((a, b) => IndexHit.WorstByWordsFirst.Compare(b, a));
        byVector.Sort((a, b) => IndexHit.WorstByVectorFirst.Compare(b, a));
        List<IndexHit> best = [.. byWords.Take(query.TopK)];
        return query.Vector is null
            ? [.. best.Select((hit, at) => hit with { LexicalRank = at + 1 }).Where(hit => hit.Score >= query.MinScore)]
            : Fusion.Rank(best, byVector, attainable, query.Weights, query.TopK, query.MinScore);
    }

    private void AddRanking(string ranking)
    {
        using var document = JsonDocument.Parse(ranking);
        foreach (var row in document.RootElement.EnumerateArray())
        {
            var hit = Hit(row);
            if (hit.Raw > 0)
            {
                byWords.Add(hit);
            }

            if (row[4].GetInt32() != 0)
            {
                byVector.Add(hit);
            }

            if (row[5].ValueKind == JsonValueKind.String)
            {
                ThreadIds[hit.Thread] = row[5].GetString()!; // a string, as its kind says
            }
        }
    }

    private IndexHit Hit(JsonElement row)
    {
        var (key, score) = (row[0].GetInt64(), row[2].GetDouble());
        return new IndexHit(MessageKey.Thread(key), MessageKey.Position(key), row[1].GetInt64(), score, attainable > 0 ? score / attainable : 0)
        {
            Cosine = row[3].ValueKind == JsonValueKind.Null ? null : row[3].GetDouble() is > SearchSql.Far and var cosine ? cosine : double.NegativeInfinity,
        };
    }
}
