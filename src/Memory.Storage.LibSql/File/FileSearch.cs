using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>
/// Search over a file with one index in memory per resource, built when the resource is first searched and brought up to date from
/// the file's journal of changes before each search, whichever process wrote them.
/// </summary>
internal sealed class FileSearch(FileDatabase database) : ISearchIndex
{
    private const string ResourceById = "select key from resources where id = ?1";
    private const string ThreadById = "select id from threads where key = ?1";
    private const string KeyByContent = "select key from messages where key >> 28 = ?1 and id = ?2 and revision = ?3 and fingerprint = ?4 and content is not null";
    private const string MetadataByKey = "select coalesce(metadata, '') from messages where key = ?1";

    /// <inheritdoc/>
    public Task<SearchResult?> SearchAsync(SearchQuery query, CancellationToken cancellationToken = default) =>
        database.ReadAsync("search", session => Search(session, query), cancellationToken);

    /// <inheritdoc/>
    public Task<FoundMessages?> SearchAndReadAsync(SearchQuery query, RecallWindow window, CancellationToken cancellationToken = default) => database.ReadAsync(
        "search and read messages",
        session => Search(session, query) is { } found ? new FoundMessages(found, MessageReads.Read(session, window.Around(query.Scope, found))) : null,
        cancellationToken);

    private SearchResult? Search(SqliteSession session, SearchQuery query)
    {
        var thread = query.Scope.ThreadId is { } threadId ? ThreadHead.Find(session, threadId) : null;
        if (query.Scope.ThreadId is not null && (thread is null || (query.Scope.ResourceId is not null && query.Scope.ResourceId != thread.ResourceId)))
        {
            return null;
        }

        var resourceId = thread?.ResourceId ?? query.Scope.ResourceId!; // a scope without a thread names its resource
        var resourceKey = thread?.ResourceKey ?? session.Number(ResourceById, resourceId);
        if (resourceKey is not { } key)
        {
            return new SearchResult(resourceId, [], 0);
        }

        var space = query.Vector is null && !query.CountPending ? null : VectorSpaces.Current(session);
        if (query.Vector is { } vector && space is not null && space.Space != vector.Space)
        {
            throw RefusedException.OtherSpace(space.Space, vector.Space);
        }

        if (query.Terms.Count == 0 && query.Vector is null)
        {
            var waiting = !query.CountPending ? 0
                : thread is not null && !query.Scope.WholeResource ? PendingEmbeddings.CountOfThread(session, thread.Key)
                : PendingEmbeddings.CountOfResource(session, key);
            return new SearchResult(resourceId, [], waiting);
        }

        var search = new IndexQuery
        {
            Terms = query.Terms,
            Vector = space is null || query.Nearest is not null ? null : query.Vector?.Values,
            Nearest = space is null || query.Nearest is null ? null : Known(session, query.Nearest),
            Weights = query.Weights,
            Top = query.TopK,
            Thread = query.Scope.WholeResource ? null : thread?.Key,
            Roles = query.Filter?.Roles,
            From = query.Filter?.From?.ToUnixMicroseconds() ?? long.MinValue,
            To = query.Filter?.To?.ToUnixMicroseconds() ?? long.MaxValue,
            Where = query.Filter?.Metadata.Count > 0 ? MatchesMetadata(session, query.Filter) : null,
            MinScore = query.MinScore,
            ExcludedThread = thread?.Key ?? 0,
            ExcludedPositions = query.ExcludedPositions,
        };
        var (hits, pending) = database.Indexes.Search(
            session, key, space, search, (index, asked) => (index.Search(asked), query.CountPending ? index.CountPending(asked.Thread) : 0));
        return new SearchResult(resourceId, Name(session, hits), pending);
    }

    // What an index elsewhere found counts as long as the message is what it was when it was embedded.
    private static List<(long Thread, int Position, double Cosine)> Known(SqliteSession session, IReadOnlyList<NearContent> nearest)
    {
        var threads = new Dictionary<string, ThreadHead?>(StringComparer.Ordinal);
        List<(long, int, double)> known = new(nearest.Count);
        foreach (var (content, cosine) in nearest)
        {
            if (!threads.TryGetValue(content.ThreadId, out var thread))
            {
                threads[content.ThreadId] = thread = ThreadHead.Find(session, content.ThreadId);
            }

            if (thread is not null && session.Number(KeyByContent, thread.Key, content.MessageId, content.Revision, Convert.FromHexString(content.Fingerprint)) is { } key)
            {
                known.Add((thread.Key, MessageKey.Position(key), cosine));
            }
        }

        return known;
    }

    // Metadata stays in the file: the best are looked up, then more, until enough of them match or none are left.
    private static Func<long, int, bool> MatchesMetadata(SqliteSession session, MessageFilter filter)
    {
        var known = new Dictionary<long, bool>();
        return (thread, position) =>
        {
            var key = MessageKey.Of(thread, position);
            return known.TryGetValue(key, out var matches) ? matches : known[key] =
                session.First(MetadataByKey, row => row.GetString(0), key) is { Length: > 0 } metadata && filter.MatchesMetadata(metadata);
        };
    }

    private static List<SearchHit> Name(SqliteSession session, IReadOnlyList<IndexHit> hits)
    {
        var names = new Dictionary<long, string?>();
        List<SearchHit> named = new(hits.Count);
        foreach (var hit in hits)
        {
            if (!names.TryGetValue(hit.Thread, out var name))
            {
                names[hit.Thread] = name = session.First(ThreadById, row => row.GetString(0), hit.Thread);
            }

            if (name is not null)
            {
                named.Add(new SearchHit(name, hit.Position, hit.Score, hit.Raw)
                {
                    LexicalRank = hit.LexicalRank,
                    Cosine = hit.Cosine is double.NegativeInfinity ? null : hit.Cosine,
                    DenseRank = hit.DenseRank,
                });
            }
        }

        return named;
    }
}
