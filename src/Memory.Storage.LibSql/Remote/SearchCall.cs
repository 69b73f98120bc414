using System.Text.Json;
using System.Text.Json.Serialization;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>A search as a batch: who is asked, whether it can be asked, and <see cref="SearchSql"/>.</summary>
internal sealed class SearchCall
{
    private const string Who =
        $"""
        select r.id, s.model, s.dimensions, case when not ?4 then 0 when s.key is null then {CountAll} else {CountListed} + {CountUnlisted} end
        from (
            select key as thread, resource_key as resource from threads where id = ?1 and {Rows.IsOf2}
            union all
            select null, key from resources where ?1 is null and id = ?2) k
            join resources r on r.key = k.resource left join vector_spaces s on s.key = (select max(key) from vector_spaces)
        """;

    private const string CountAll = $"(select coalesce(sum(t.message_count), 0) from threads t where {InScope})";

    private const string CountListed =
        $"(select count(*) from threads t cross join pending_embeddings p on p.key between t.key << 28 and t.key << 28 | 268435455 where {InScope})";

    // Those that were there before their space, and have not been put on the list yet.
    private const string CountUnlisted =
        $"""
        case when s.fill_from >= s.fill_to then 0 else (
            select count(*) from threads t cross join messages m on m.key between max(t.key << 28, s.fill_from + 1) and min(t.key << 28 | 268435455, s.fill_to)
            where {InScope} and m.content is not null
              and not exists (select 1 from vectors v where v.key = m.key and v.space_key = s.key)
              and not exists (select 1 from pending_embeddings p where p.key = m.key)) end
        """;

    private const string InScope = "t.resource_key = k.resource and (?3 or t.key = k.thread)";

    private const string IsSpace = "not exists (select 1 from vector_spaces where key = (select max(key) from vector_spaces) and (model <> ?1 or dimensions <> ?2))";

    private readonly SearchQuery query;
    private readonly bool withMessages;
    private readonly int who;
    private readonly int? isIndexed, isSpace, search;

    /// <summary>Makes the batch.</summary>
    /// <param name="operation">What is being done.</param>
    /// <param name="query">What is asked.</param>
    /// <param name="window">What to read; null to read nothing.</param>
    /// <param name="scored">How many messages' words to score.</param>
    public SearchCall(string operation, SearchQuery query, RecallWindow? window, int scored)
    {
        (this.query, withMessages) = (query, window is not null);
        Batch = Batch.Read(operation);
        who = Batch.Add(Who, query.Scope.ThreadId, query.Scope.ResourceId, query.Scope.WholeResource, query.CountPending);
        if (query.Scope is { ThreadId: not null, ResourceId: not null })
        {
            Batch.Require(Rows.HasThread, query.Scope.ThreadId, query.Scope.ResourceId);
        }

        isIndexed = query.Terms.Count > 0 ? Batch.Require(WordIndex.IsComplete) : null;
        isSpace = query.Vector is { Space: var space } ? Batch.Require(IsSpace, space.Model, space.Dimensions) : null;
        if (query.Terms.Count > 0 || query.Vector is not null || window is not null)
        {
            var (sql, count) = SearchSql.Of(query, withMessages);
            search = Batch.Add(sql, Values(query, window, scored)[..count]);
        }
    }

    /// <summary>The batch.</summary>
    public Batch Batch { get; }

    /// <summary>Reads its result.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.DimensionMismatch"/>.</exception>
    public SearchAnswer Read(BatchResult result)
    {
        var (resourceId, pending, stored) = Asked(result);
        if (result.Stopped is not null && result.Stopped == isSpace)
        {
            throw RefusedException.OtherSpace(stored!, query.Vector!.Space); // a space is there, which is not the query's
        }

        var answer = new SearchAnswer(resourceId, pending, isIndexed: result.Stopped != isIndexed || isIndexed is null, withMessages);
        if (result.Stopped is null && search is { } statement)
        {
            foreach (var row in result.Rows(statement))
            {
                answer.Add(row);
            }
        }

        return answer;
    }

    private (string? ResourceId, long Pending, EmbeddingSpace? Stored) Asked(BatchResult result)
    {
        foreach (var row in result.Rows(who))
        {
            return (row.GetString(0), row.GetInt64(3), row.IsNull(1) ? null : new EmbeddingSpace(row.GetString(1), row.GetInt32(2)));
        }

        // An unknown resource has nothing; an unknown thread is none.
        return (query.Scope.ThreadId is null ? query.Scope.ResourceId : null, 0, null);
    }

    private static object?[] Values(SearchQuery query, RecallWindow? window, int scored) =>
    [
        query.Scope.ThreadId, query.Scope.ResourceId, JsonSerializer.Serialize([.. query.Terms], LibSqlJson.Default.StringArray), scored, query.TopK,
        MessageReads.Roles(query.Filter), query.Filter?.From?.ToUnixMicroseconds() ?? long.MinValue, query.Filter?.To?.ToUnixMicroseconds() ?? long.MaxValue, Conditions(query.Filter),
        JsonSerializer.Serialize([.. query.ExcludedPositions], LibSqlJson.Default.Int64Array), window?.Last, window?.Before, window?.After,
        query.Vector is { } vector ? VectorRows.Blob(vector.Values) : null, query.Vector?.Space.Dimensions * sizeof(float), Fusion.Depth(query.TopK),
        2 * query.Weights.Lexical / (query.Weights.Lexical + query.Weights.Dense), 2 * query.Weights.Dense / (query.Weights.Lexical + query.Weights.Dense), Elsewhere(query.Nearest),
    ];

    private static string? Conditions(MessageFilter? filter) => filter is not { Metadata.Count: > 0 } ? null
        : JsonSerializer.Serialize(
            filter.Metadata.Select(condition => new ConditionJson(
                condition.Key, condition.AnyOf, condition.Bounds.Select(bound => new BoundJson(bound.Above, bound.Inclusive, bound.Limit)))).ToArray(),
            SearchJson.Default.ConditionJsonArray);

    private static string? Elsewhere(IReadOnlyList<NearContent>? nearest) => nearest is null ? null
        : JsonSerializer.Serialize(
            nearest.Select(near => (object[])[near.Content.ThreadId, near.Content.MessageId, near.Content.Revision, near.Content.Fingerprint, near.Cosine]).ToArray(),
            SearchJson.Default.ObjectArrayArray);
}

/// <summary>A condition on metadata as JSON.</summary>
internal sealed record ConditionJson(string Key, IEnumerable<JsonElement>? Any, IEnumerable<BoundJson> Bounds);

/// <summary>One end of a range as JSON.</summary>
internal sealed record BoundJson(bool Above, bool Inclusive, JsonElement Limit);

/// <summary>JSON of a search's values.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConditionJson[]))]
[JsonSerializable(typeof(object[][]))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(double))]
internal sealed partial class SearchJson : JsonSerializerContext;
