using System.Globalization;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>Search by words within Redis, in a script that reads only the postings of the question's terms, and then what it found: one request for both.</summary>
public sealed class UpstashSearchIndex(UpstashServices services, TimeProvider clock) : ISearchIndex
{
    /// <summary>How long an index of vectors may take to search what it was given; until then a message counts as having no vector rather than one that is far.</summary>
    private const int LagSeconds = 10;

    private readonly RedisClient redis = services.Redis;
    private readonly Keys keys = new(services.Options.Prefix);

    /// <inheritdoc/>
    public async Task<SearchResult?> SearchAsync(SearchQuery query, CancellationToken cancellationToken = default) => (await RunAsync("search", query, window: null, cancellationToken))?.Found;

    /// <inheritdoc/>
    public async Task<FoundMessages?> SearchAndReadAsync(SearchQuery query, RecallWindow window, CancellationToken cancellationToken = default)
    {
        try
        {
            return await RunAsync("search and read messages", query, window, cancellationToken);
        }
        catch (MemoryStoreException fault) when (RestException.IsSize(fault))
        {
            return await SearchAsync(query, cancellationToken) is not { } found ? null : new FoundMessages(found, await MessageReads.ReadAsync(redis, keys, window.Around(query.Scope, found), cancellationToken) ?? []); // in parts
        }
    }

    private Task<FoundMessages?> RunAsync(string operation, SearchQuery query, RecallWindow? window, CancellationToken cancellationToken)
    {
        var (scope, filter, vector) = (query.Scope, query.Filter, query.Vector);
        List<string> arguments =
        [
            keys.Prefix, scope.ThreadId ?? "", scope.ResourceId ?? "", scope.WholeResource ? "1" : "0", Packed.Number(query.TopK), Exact(query.MinScore), Exact(query.Weights.Lexical),
            Exact(query.Weights.Dense), vector is null ? "0" : "1", vector?.Space.Model ?? "", Packed.Number(vector?.Space.Dimensions ?? 0), query.CountPending ? "1" : "0",
            MessageReads.Roles(filter), Packed.Time(filter?.From?.ToUnixMicroseconds() ?? long.MinValue), Packed.Time(filter?.To?.ToUnixMicroseconds() ?? long.MaxValue),
            Packed.Number(clock.GetUtcNow().ToUnixTimeSeconds()), Packed.Number(LagSeconds), Packed.Number(window?.Last ?? -1), Packed.Number(window?.Before ?? 0), Packed.Number(window?.After ?? 0),
            Packed.Number(query.ExcludedPositions.Count), .. query.ExcludedPositions.Select(Packed.Number), Packed.Number(query.Terms.Count), .. query.Terms,
            Packed.Number(query.Nearest?.Count ?? 0),
        ];
        foreach (var (content, cosine) in query.Nearest ?? [])
        {
            arguments.AddRange([$"{Keys.Place(content.ThreadId)}{Keys.Content(content)}", Exact(cosine)]);
        }

        arguments.AddRange(MetadataText.Conditions(filter));
        return redis.EvalAsync(operation, Scripts.Search, [], arguments, answer => Read(answer, vector), cancellationToken);
    }

    private static FoundMessages? Read(JsonElement answer, QueryVector? vector)
    {
        switch (answer[0].GetString())
        {
            case "no_thread":
                return null;
            case "other_space":
                throw RefusedException.OtherSpace(new EmbeddingSpace(answer[1].GetString()!, (int)Rows.Number(answer[2])), vector!.Space); // only asked with a vector, and of a space
            default:
                var hits = answer[4].EnumerateArray().Select(hit => new SearchHit(hit[0].GetString()!, Rows.Number(hit[1]), Rows.Double(hit[2]) ?? 0, Rows.Double(hit[3]) ?? 0) // a thread's id
                {
                    LexicalRank = Place(hit[4]),
                    Cosine = Rows.Double(hit[5]),
                    DenseRank = Place(hit[6]),
                });
                var messages = answer[5].EnumerateArray().SelectMany(part => Rows.Messages(part[0].GetString()!, part[1])); // as above
                return new FoundMessages(
                    new SearchResult(answer[1].GetString()!, [.. hits], answer[2].GetInt64()) { MessagesInScope = answer[3].GetInt64() }, MessageReads.InOrder(messages)); // the resource
        }
    }

    private static int? Place(JsonElement place) => place.GetInt32() is > 0 and var rank ? rank : null;

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
