using System.Net;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// Vectors in an Upstash Vector index with cosine similarity: one namespace for each embedding space, ids of hashes by which a thread's, a message's or a content's vectors are
/// found, and what an answer needs in the metadata. The services are the caller's.
/// </summary>
public sealed class UpstashVectorIndex : IVectorIndex
{
    private const int MaxPerQuery = 1_000;
    private const int RemovedAtOnce = 8;
    private const int MaxAnswerBytes = 4_000_000;

    private readonly VectorClient client;
    private readonly VectorNames names;
    private readonly RecentVectors recent;
    private readonly int retries;

    /// <summary>Makes an index over services that have one.</summary>
    /// <param name="services">The services.</param>
    /// <param name="clock">Says how long ago something was written.</param>
    public UpstashVectorIndex(UpstashServices services, TimeProvider clock)
        : this(services, new RecentVectors(clock))
    {
    }

    internal UpstashVectorIndex(UpstashServices services, RecentVectors recent) => (client, names, this.recent, retries) =
        (new VectorClient(services.Vector ?? throw new ArgumentException("There is no index of vectors.", nameof(services))), new VectorNames(services.Options), recent, services.Options.Retries);

    /// <inheritdoc/>
    public async Task PutAsync(EmbeddingSpace space, string resourceId, IReadOnlyList<VectorEntry> entries, CancellationToken cancellationToken = default)
    {
        List<StoredVector> vectors = [.. entries.SelectMany(entry => StoredVector.Of(entry, resourceId, space.Dimensions))];
        await ForSpaceAsync(
            space,
            async () =>
            {
                await client.UpsertAsync(names.Namespace(space), vectors, cancellationToken);
                return 0;
            },
            cancellationToken);
        recent.Add(names.Namespace(space), vectors);
    }

    /// <inheritdoc/>
    /// <remarks>A search for 1,000 or more goes on until it has them or there is nothing left; one for fewer is one request, and cannot tell whether its filter passed something over.</remarks>
    public Task<NearestContents> SearchAsync(NearestQuery query, CancellationToken cancellationToken = default) =>
        query.Filter?.Roles is { Count: 0 } ? Task.FromResult(new NearestContents([], IsComplete: true))
        : ForSpaceAsync(query.Vector.Space, () => FindAsync(query, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<VectorEntry>> FetchAsync(EmbeddingSpace space, string resourceId, IReadOnlyList<ContentVersion> contents, CancellationToken cancellationToken = default)
    {
        // The first vector of a content tells how many it has.
        var firsts = await FetchAsync(space, [.. contents.Select(content => Id(content, 0))], cancellationToken);
        var others = await FetchAsync(
            space, [.. firsts.Values.SelectMany(first => Enumerable.Range(1, Math.Max(0, first.Chunks - 1)).Select(chunk => Id(first.Content, chunk)))], cancellationToken);
        return [.. firsts.Values.Select(Entry).OfType<VectorEntry>()];

        string Id(ContentVersion content, int chunk) => $"{VectorNames.Of(content, resourceId)}{Packed.Number(chunk)}";

        VectorEntry? Entry(StoredVector first)
        {
            List<StoredVector> all = [first];
            while (all.Count < first.Chunks && others.TryGetValue(Id(first.Content, all.Count), out var next))
            {
                all.Add(next);
            }

            // Some may not be there yet.
            return all.Count < first.Chunks ? null
                : new VectorEntry(first.Content, first.Role, first.CreatedAt, all.Count == 1 ? first.Values : (float[])[.. all.SelectMany(vector => vector.Values.ToArray())]);
        }
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string threadId, IReadOnlyList<ContentVersion> contents, CancellationToken cancellationToken = default) =>
        RemoveAsync([.. contents.Select(content => VectorNames.Of(content with { ThreadId = threadId }))], client.DeletePrefixAsync, cancellationToken);

    /// <inheritdoc/>
    public Task RemoveMessageAsync(string threadId, string messageId, CancellationToken cancellationToken = default) =>
        RemoveAsync([VectorNames.Of(threadId, messageId)], client.DeletePrefixAsync, cancellationToken);

    /// <inheritdoc/>
    public Task RemoveThreadAsync(string threadId, CancellationToken cancellationToken = default) =>
        RemoveAsync([VectorNames.Of(threadId)], client.DeletePrefixAsync, cancellationToken);

    /// <inheritdoc/>
    public Task RemoveResourceAsync(string resourceId, CancellationToken cancellationToken = default) => RemoveAsync(
        [RecentVectors.OfResource(resourceId)], (space, _, token) => client.DeleteFilterAsync(space, VectorFilterText.OfResource(resourceId), token), cancellationToken);

    /// <inheritdoc/>
    public async Task KeepOnlyAsync(EmbeddingSpace space, CancellationToken cancellationToken = default)
    {
        foreach (var other in (await OursAsync(cancellationToken)).Where(other => other != names.Namespace(space)))
        {
            recent.Remove(other);
            await client.DeleteNamespaceAsync(other, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task CheckAsync(CancellationToken cancellationToken = default)
    {
        var info = await client.InfoAsync(cancellationToken);
        if (info.Similarity != "COSINE" || info.Type != "DENSE")
        {
            throw new MemoryStoreException(
                Faults.Store, "check the index of vectors", isTransient: false,
                $"the Upstash Vector index is {info.Type} with {info.Similarity}; create a DENSE one with COSINE, and name it in Memory:Upstash:Vector:Url");
        }
    }

    private async Task<NearestContents> FindAsync(NearestQuery query, CancellationToken cancellationToken)
    {
        var (space, filter) = (names.Namespace(query.Vector.Space), VectorFilterText.Of(query));
        var nearest = new Nearest(query, space, recent);
        if (query.Top < MaxPerQuery)
        {
            // Twice as many, so that long messages with several vectors leave room for others.
            var top = Math.Min(2 * query.Top, MaxPerQuery);
            var hits = await client.QueryAsync(space, query.Vector, filter, top, cancellationToken);
            nearest.Add(hits);
            if (nearest.Count >= query.Top || hits.Count < top)
            {
                // Fewer than asked may be all, or what a filter found within its budget (https://upstash.com/docs/vector/features/filtering).
                return nearest.Contents(isComplete: false);
            }
        }

        for (var attempt = 0; ; attempt++)
        {
            if (await FindManyAsync(query, space, filter, isLast: attempt >= retries, cancellationToken) is { } found)
            {
                return found;
            }
        }
    }

    // Null when an answer on the way was lost, and with it what it held: then from the start.
    private async Task<NearestContents?> FindManyAsync(NearestQuery query, string space, string filter, bool isLast, CancellationToken cancellationToken)
    {
        var nearest = new Nearest(query, space, recent);
        var (name, hits) = await client.StartAsync(space, query.Vector, filter, MaxPerQuery, cancellationToken);
        try
        {
            nearest.Add(hits);
            while (name is not null && nearest.Count < query.Top)
            {
                hits = await client.NextAsync(name, MaxPerQuery, cancellationToken);
                if (hits.Count == 0)
                {
                    return nearest.Contents(isComplete: true);
                }

                nearest.Add(hits);
            }
        }
        catch (MemoryStoreException fault) when (fault.IsTransient && !isLast)
        {
            return null;
        }
        finally
        {
            await (name is null ? Task.CompletedTask : EndAsync(name));
        }

        return nearest.Contents(isComplete: name is null);
    }

    private async Task EndAsync(string name)
    {
        try
        {
            await client.EndAsync(name, CancellationToken.None); // not the caller's: only so many searches may be under way
        }
        catch (MemoryStoreException)
        {
            // The search has what it wanted, and the service ends it by itself after a while.
        }
    }

    private async Task RemoveAsync(IReadOnlyList<string> what, Func<string, string, CancellationToken, Task> remove, CancellationToken cancellationToken)
    {
        foreach (var one in what)
        {
            recent.Remove(one);
        }

        var work = what.Count == 0 ? [] : from space in await OursAsync(cancellationToken) from one in what select (space, one);
        await Parallel.ForEachAsync(
            work, new ParallelOptions { MaxDegreeOfParallelism = RemovedAtOnce, CancellationToken = cancellationToken }, async (pair, token) => await remove(pair.space, pair.one, token));
    }

    // Asked each time: another instance may have begun a space, and what is to be removed goes from every one.
    private async Task<IReadOnlyList<string>> OursAsync(CancellationToken cancellationToken) => [.. (await client.NamespacesAsync(cancellationToken)).Where(names.IsOurs)];

    private async Task<T> ForSpaceAsync<T>(EmbeddingSpace space, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (MemoryStoreException fault) when (fault.InnerException is RestException { Status: HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest })
        {
            if (await client.InfoAsync(cancellationToken) is { } info && info.Dimensions != space.Dimensions)
            {
                throw new RefusedException(
                    ErrorCode.DimensionMismatch,
                    $"The Upstash Vector index has {info.Dimensions} dimensions, and the configured embedder is {space}. Create an index of {space.Dimensions} dimensions with COSINE, or configure another embedder.");
            }

            throw;
        }
    }

    // What this process has put lately stands over what the index has.
    private async Task<Dictionary<string, StoredVector>> FetchAsync(EmbeddingSpace space, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var name = names.Namespace(space);
        var found = ids.Select(id => recent.Find(name, id)).OfType<StoredVector>().ToDictionary(vector => vector.Id, StringComparer.Ordinal);
        var limit = Math.Clamp(MaxAnswerBytes / ((12 * space.Dimensions) + 1_000), 1, MaxPerQuery); // a number is up to 12 characters
        foreach (var asked in ids.Where(id => !recent.Supersedes(name, id)).Chunk(limit))
        {
            foreach (var vector in await client.FetchAsync(name, asked, cancellationToken))
            {
                found[vector.Id] = vector;
            }
        }

        return found;
    }
}
