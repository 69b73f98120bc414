using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Search by words and vectors within a LibSQL database on a server, which also reads what it finds: one request for both.</summary>
internal sealed class RemoteSearch(RemoteDatabase database) : ISearchIndex
{
    // How many messages' words are scored at first beyond those wanted; seldom is it more that could be among the best.
    private const int ScoredBeyond = 100;

    // What a search does of the work of indexing words before it gives up; upkeep does the rest.
    private const int StepsToWaitFor = 20;

    private const string ThreadIds = "select j.value, t.id from json_each(?1) j join threads t on t.key = j.value";

    /// <inheritdoc/>
    public async Task<SearchResult?> SearchAsync(SearchQuery query, CancellationToken cancellationToken = default) =>
        (await FindAsync("search", query, window: null, cancellationToken))?.Result;

    /// <inheritdoc/>
    public async Task<FoundMessages?> SearchAndReadAsync(SearchQuery query, RecallWindow window, CancellationToken cancellationToken = default)
    {
        const string operation = "search and read messages";
        try
        {
            if (await FindAsync(operation, query, window, cancellationToken) is not { } found)
            {
                return null;
            }

            var wanted = window.Around(query.Scope, found.Result);
            return found.IsWhole
                ? new FoundMessages(found.Result, found.Pick(wanted))
                : new FoundMessages(found.Result, await MessageReads.ReadAsync(database, wanted, cancellationToken) ?? []);
        }
        catch (MemoryStoreException fault) when (MessageReads.IsTooLarge(fault))
        {
            return await FindAsync(operation, query, window: null, cancellationToken) is { Result: var result }
                ? new FoundMessages(result, await MessageReads.ReadAsync(database, window.Around(query.Scope, result), cancellationToken) ?? [])
                : null;
        }
    }

    private async Task<Found?> FindAsync(string operation, SearchQuery query, RecallWindow? window, CancellationToken cancellationToken)
    {
        // A vector without a direction is near to nothing.
        query = query.Vector?.Values.Span.ContainsAnyExcept(0f) == false ? query with { Vector = null, Nearest = null } : query;
        for (var scored = query.TopK + ScoredBeyond; ;)
        {
            var search = new SearchCall(operation, query, window, scored);
            switch (await database.RunAsync(search.Batch, search.Read, cancellationToken))
            {
                case { IsIndexed: false }:
                    if (!await WordIndex.FillAsync(database, StepsToWaitFor, cancellationToken))
                    {
                        throw new MemoryStoreException(Faults.Store, operation, true, "the words of its messages are still being indexed, since it was last written as a file");
                    }

                    break;
                case var answer when answer.IsShort(query):
                    scored *= 8;
                    break;
                case var answer:
                    return answer.ResourceId is null ? null : await NameAsync(query, answer, cancellationToken);
            }
        }
    }

    private async Task<Found> NameAsync(SearchQuery query, SearchAnswer answer, CancellationToken cancellationToken)
    {
        var hits = answer.Rank(query);
        var threads = answer.ThreadIds;
        var unnamed = hits.Select(hit => hit.Thread).Where(thread => !threads.ContainsKey(thread)).Distinct().ToArray();
        if (unnamed.Length > 0)
        {
            // The same sums came out differently here in their last digit, and another message is a hit than was expected.
            var batch = Batch.Read("search");
            batch.Add(ThreadIds, JsonSerializer.Serialize(unnamed, LibSqlJson.Default.Int64Array));
            foreach (var (key, id) in await database.RunAsync(batch, result => result.All(0, row => (row.GetInt64(0), row.GetString(1))), cancellationToken))
            {
                threads[key] = id;
            }
        }

        SearchHit[] named =
        [
            .. hits.Where(hit => threads.ContainsKey(hit.Thread)).Select(hit => new SearchHit(threads[hit.Thread], hit.Position, hit.Score, hit.Raw)
            {
                LexicalRank = hit.LexicalRank,
                Cosine = hit.Cosine is double.NegativeInfinity ? null : hit.Cosine,
                DenseRank = hit.DenseRank,
            }),
        ];
        var isWhole = answer.Messages is not null && named.All(hit => answer.Messages.ContainsKey((hit.ThreadId, hit.Position)));
        return new Found(new SearchResult(answer.ResourceId!, named, answer.Pending), answer.Messages, isWhole); // asked for by the caller only when there is one
    }

    /// <summary>A search that is done, and the messages that were read with it.</summary>
    private sealed record Found(SearchResult Result, Dictionary<(string ThreadId, long Position), Message>? Messages, bool IsWhole)
    {
        /// <summary>Of the messages around everything that could have been a hit, those around what is.</summary>
        public IReadOnlyList<Message> Pick(MessageRead wanted)
        {
            var all = Messages!.Values.OrderBy(message => message.ThreadId, StringComparer.Ordinal).ThenBy(message => message.Position).ToList(); // there when it is whole
            var last = wanted.ThreadId is null ? [] : all.Where(message => message.ThreadId == wanted.ThreadId).TakeLast(wanted.Last).ToHashSet();
            return [.. all.Where(message => last.Contains(message)
                || wanted.Ranges.Any(range => range.ThreadId == message.ThreadId && message.Position >= range.From && message.Position <= range.To))];
        }
    }
}
