namespace Memory.Core;

/// <summary>
/// Searches vectors in one service and words in another, which then ranks by both: one request to either. Only when too few of the nearest were what the messages hold, or met the
/// conditions on metadata, more of them are asked for.
/// </summary>
public sealed class SplitSearchIndex(ISearchIndex words, IVectorIndex vectors, ThreadOwners owners) : ISearchIndex
{
    private const int Growth = 10;

    /// <inheritdoc/>
    public Task<SearchResult?> SearchAsync(SearchQuery query, CancellationToken cancellationToken = default) =>
        AskAsync(query, asked => words.SearchAsync(asked, cancellationToken), found => found, cancellationToken);

    /// <inheritdoc/>
    public Task<FoundMessages?> SearchAndReadAsync(SearchQuery query, RecallWindow window, CancellationToken cancellationToken = default) =>
        AskAsync(query, asked => words.SearchAndReadAsync(asked, window, cancellationToken), found => found.Found, cancellationToken);

    private async Task<T?> AskAsync<T>(SearchQuery query, Func<SearchQuery, Task<T?>> ask, Func<T, SearchResult> result, CancellationToken cancellationToken)
        where T : class
    {
        if (query.Vector is not { } vector)
        {
            return await ask(query);
        }

        // Some of the nearest may be the request's own messages, which are no hits.
        var top = (query.Filter?.Metadata.Count > 0 ? Growth : 1) * (Fusion.Depth(query.TopK) + query.ExcludedPositions.Count);
        while (true)
        {
            var threadId = query.Scope.WholeResource ? null : query.Scope.ThreadId;
            var resourceId = threadId is not null ? null : query.Scope.ResourceId ?? await OwnerAsync(query, cancellationToken);
            if (threadId is null && resourceId is null)
            {
                return null; // the thread that names the resource is not there
            }

            var nearest = await vectors.SearchAsync(new NearestQuery(vector, threadId, resourceId, query.Filter, top), cancellationToken);
            var found = await ask(query with { Nearest = nearest.Contents });
            if (found is null)
            {
                return null;
            }

            var isOwner = resourceId is null || result(found).ResourceId == resourceId;
            if (!isOwner)
            {
                owners.Forget(query.Scope.ThreadId!); // a resource that is named itself is the one that is searched
            }
            else if (result(found).Hits.Count >= query.TopK || query.MinScore > 0 || nearest.IsComplete || nearest.Contents.Count >= result(found).MessagesInScope - result(found).PendingEmbeddings)
            {
                return found;
            }
            else
            {
                top *= Growth;
            }
        }
    }

    // Without a resource of its own, a scope names a thread.
    private Task<string?> OwnerAsync(SearchQuery query, CancellationToken cancellationToken) => owners.FindAsync(query.Scope.ThreadId!, cancellationToken);
}
