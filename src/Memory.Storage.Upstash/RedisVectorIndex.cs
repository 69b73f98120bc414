using System.Collections.Concurrent;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// Vectors in Redis, which cannot compare them: they are kept in a byte a number, read into memory a resource at a time, and compared there; a search then asks for what has
/// changed since the last. Beyond <see cref="UpstashVectorOptions.MaxVectorsInRedis"/> a resource's oldest vectors are dropped, and their messages found by their words only.
/// The services are the caller's.
/// </summary>
/// <remarks>
/// Keys, each after the prefix and a colon; SPACE, RESOURCE and THREAD are hashes, ids of vectors begin with those of their thread, message and content.
/// <list type="bullet">
/// <item><c>v:SPACE:RESOURCE</c>, a hash: id to vector; <c>#</c> the number of the last change, <c>#f</c> the number up to which removals were forgotten.</item>
/// <item><c>vl:SPACE:RESOURCE</c>, ids by the number of the change that put them; <c>vt:SPACE:RESOURCE</c>, the last 1,000 ids that were removed, likewise.</item>
/// <item><c>vn</c>, the number of the last change of any resource, which never begins again.</item>
/// <item><c>vr:THREAD</c>, a set of SPACE and RESOURCE, one after the other; <c>vs</c>, a set of spaces; <c>vo:SPACE</c>, a set of resources.</item>
/// </list>
/// </remarks>
public sealed class RedisVectorIndex(UpstashServices services) : IVectorIndex
{
    private const int SpaceLength = 12;
    private const int MaxPerRequest = 1_000;
    private const int ResourcesAtOnce = 20;
    private const int MaxThreads = 10_000;
    private const long CacheBytes = 256_000_000;

    private static readonly string Put = ScriptText.Read("vectors_put");
    private static readonly string Fetch = ScriptText.Read("vectors_fetch");
    private static readonly string ReadContents = ScriptText.Read("vectors_read");
    private static readonly string Remove = ScriptText.Read("vectors_remove");
    private static readonly string RemoveResource = ScriptText.Read("vectors_remove_resource");
    private static readonly string KeepOnly = ScriptText.Read("vectors_keep_only");

    private readonly string prefix = services.Options.Prefix;
    private readonly RedisClient redis = services.Redis;
    private readonly int mostBytes = services.Options.MaxCommandBytes / 2; // twice of it when quoted, at worst
    private readonly VectorCache cache = new(CacheBytes);
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> resourcesByThread = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task PutAsync(EmbeddingSpace space, string resourceId, IReadOnlyList<VectorEntry> entries, CancellationToken cancellationToken = default)
    {
        var (spaceName, resource) = (SpaceName(space), VectorNames.Hash(resourceId));
        List<string> arguments = [];
        HashSet<string> threads = [];
        var bytes = 0;
        foreach (var vector in entries.SelectMany(entry => QuantisedVector.Of(entry, space.Dimensions)))
        {
            var text = vector.ToText();
            if (arguments.Count == 2 * MaxPerRequest || (bytes += text.Length + 200) > mostBytes)
            {
                await SendAsync();
                bytes = text.Length + 200;
            }

            arguments.Add($"{VectorNames.Of(vector.Content)}{Packed.Number(vector.Chunk)}");
            arguments.Add(text);
            threads.Add($"{prefix}:vr:{VectorNames.Hash(vector.Content.ThreadId)}");
        }

        await (arguments.Count == 0 ? Task.CompletedTask : SendAsync());

        async Task SendAsync()
        {
            await redis.EvalAsync(
                "store vectors", Put, [.. Names(spaceName, resource), $"{prefix}:vn", $"{prefix}:vs", $"{prefix}:vo:{spaceName}", .. threads],
                [spaceName, resource, Packed.Number(services.Options.Vector.MaxVectorsInRedis), .. arguments], _ => 0, cancellationToken);
            arguments.Clear();
            threads.Clear();
        }
    }

    /// <inheritdoc/>
    public async Task<NearestContents> SearchAsync(NearestQuery query, CancellationToken cancellationToken = default)
    {
        var space = query.Vector.Space;
        var resources = query.ThreadId is { } threadId
            ? await OfThreadAsync(space, threadId, cancellationToken)
            : [(await RefreshAsync(space, VectorNames.Hash(query.ResourceId!), thread: null, cancellationToken)).Vectors]; // one of both is named
        Dictionary<ContentVersion, double> cosines = [];
        foreach (var vector in resources.SelectMany(resource => resource.All()).Where(vector => IsWanted(vector, query)))
        {
            var cosine = (double)vector.Cosine(query.Vector.Values.Span);
            cosines[vector.Content] = cosines.TryGetValue(vector.Content, out var known) ? Math.Max(known, cosine) : cosine;
        }

        return new NearestContents(
            [.. cosines.OrderByDescending(pair => pair.Value).Take(query.Top).Select(pair => new NearContent(pair.Key, pair.Value))], IsComplete: cosines.Count <= query.Top);
    }

    /// <inheritdoc/>
    /// <remarks>Of a content whose last vectors were dropped by age it reads the others.</remarks>
    public async Task<IReadOnlyList<VectorEntry>> FetchAsync(EmbeddingSpace space, string resourceId, IReadOnlyList<ContentVersion> contents, CancellationToken cancellationToken = default)
    {
        var vectors = Names(SpaceName(space), VectorNames.Hash(resourceId))[0];
        string[] wanted = [.. contents.Select(VectorNames.Of)];
        List<QuantisedVector> found = [];
        for (var next = 0; next < wanted.Length;)
        {
            var (count, texts) = await redis.EvalAsync(
                "read vectors", ReadContents, [vectors], [Packed.Number(mostBytes), .. wanted[next..]], answer => (answer[0].GetInt32(), VectorPage.Texts(answer[1])), cancellationToken);
            found.AddRange(texts.Select(text => QuantisedVector.Parse(text, space.Dimensions)).OfType<QuantisedVector>());
            next += count;
        }

        return [.. found.GroupBy(vector => vector.Content).Select(content => new VectorEntry(
            content.Key, content.First().Role, content.First().CreatedAt, (float[])[.. content.OrderBy(vector => vector.Chunk).SelectMany(vector => vector.Restore())]))];
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string threadId, IReadOnlyList<ContentVersion> contents, CancellationToken cancellationToken = default) =>
        contents.Count == 0 ? Task.CompletedTask
        : RemoveAsync(threadId, ["", .. contents.Select(content => VectorNames.Of(content with { ThreadId = threadId }))], cancellationToken);

    /// <inheritdoc/>
    public Task RemoveMessageAsync(string threadId, string messageId, CancellationToken cancellationToken = default) =>
        RemoveAsync(threadId, [VectorNames.Of(threadId, messageId)], cancellationToken);

    /// <inheritdoc/>
    public Task RemoveThreadAsync(string threadId, CancellationToken cancellationToken = default) => RemoveAsync(threadId, [VectorNames.Of(threadId)], cancellationToken);

    /// <inheritdoc/>
    public Task RemoveResourceAsync(string resourceId, CancellationToken cancellationToken = default) =>
        redis.EvalAsync("remove a resource's vectors", RemoveResource, [], [prefix, VectorNames.Hash(resourceId)], _ => 0, cancellationToken);

    /// <inheritdoc/>
    public async Task KeepOnlyAsync(EmbeddingSpace space, CancellationToken cancellationToken = default)
    {
        bool hasMore;
        do
        {
            hasMore = await redis.EvalAsync(
                "remove the vectors of other spaces", KeepOnly, [], [prefix, SpaceName(space), Packed.Number(ResourcesAtOnce)], reply => reply.GetInt32() == 1, cancellationToken);
        }
        while (hasMore);
    }

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellationToken = default) => redis.CommandAsync("check the database of vectors", ["EXISTS", $"{prefix}:vs"], _ => 0, cancellationToken);

    private static bool IsWanted(QuantisedVector vector, NearestQuery query) =>
        (query.ThreadId is not { } threadId || vector.Content.ThreadId == threadId)
        && (query.Filter?.Roles is not { } roles || roles.Contains(vector.Role))
        && (query.Filter?.From is not { } from || vector.CreatedAt >= from)
        && (query.Filter?.To is not { } to || vector.CreatedAt <= to);

    private static string SpaceName(EmbeddingSpace space) => VectorNames.Hash($"{space.Dimensions}\n{space.Model}")[..SpaceLength];

    private string[] Names(string space, string resource) => [$"{prefix}:v:{space}:{resource}", $"{prefix}:vl:{space}:{resource}", $"{prefix}:vt:{space}:{resource}"];

    private Task RemoveAsync(string threadId, string[] what, CancellationToken cancellationToken) =>
        redis.EvalAsync("remove vectors", Remove, [], [prefix, VectorNames.Hash(threadId), .. what], _ => 0, cancellationToken);

    // Which resources a thread's vectors are under is remembered, and confirmed by the request that asks for their changes.
    private async Task<IReadOnlyList<ResourceVectors>> OfThreadAsync(EmbeddingSpace space, string threadId, CancellationToken cancellationToken)
    {
        var thread = $"{prefix}:vr:{VectorNames.Hash(threadId)}";
        var isFresh = !resourcesByThread.TryGetValue(thread, out var resources);
        while (true)
        {
            resources ??= await redis.CommandAsync("find a thread's vectors", ["SMEMBERS", thread], VectorPage.Texts, cancellationToken);
            List<ResourceVectors> found = [];
            IReadOnlyList<string>? confirmed = null;
            foreach (var resource in resources.Where(resource => resource.StartsWith(SpaceName(space), StringComparison.Ordinal)))
            {
                var (vectors, now) = await RefreshAsync(space, resource[SpaceLength..], confirmed is null ? thread : null, cancellationToken);
                found.Add(vectors);
                confirmed ??= now;
            }

            if (confirmed is null && isFresh)
            {
                return found;
            }

            if (confirmed is not null && confirmed.ToHashSet(StringComparer.Ordinal).SetEquals(resources))
            {
                Remember(thread, resources);
                return found;
            }

            (resources, isFresh) = (confirmed, confirmed is null);
        }
    }

    private void Remember(string thread, IReadOnlyList<string> resources)
    {
        if (resourcesByThread.Count >= MaxThreads)
        {
            resourcesByThread.Clear();
        }

        resourcesByThread[thread] = resources;
    }

    private async Task<(ResourceVectors Vectors, IReadOnlyList<string> Resources)> RefreshAsync(EmbeddingSpace space, string resource, string? thread, CancellationToken cancellationToken)
    {
        var names = Names(SpaceName(space), resource);
        var vectors = cache.Get(names[0], space.Dimensions);
        while (true)
        {
            if (vectors.IsRead)
            {
                var known = vectors.Known;
                var page = await FetchAsync(names, known, thread, cancellationToken);
                if (!page.IsAnew && !page.HasMore && vectors.Apply(known.Last, page))
                {
                    cache.Count(names[0]);
                    return (vectors, page.Resources);
                }
            }

            await vectors.ReadAsync(known => FetchAsync(names, known, thread: null, CancellationToken.None)).WaitAsync(cancellationToken);
        }
    }

    private Task<VectorPage> FetchAsync(string[] names, (long Last, long Forgotten) known, string? thread, CancellationToken cancellationToken) => redis.EvalAsync(
        "read vectors", Fetch, thread is null ? names : [.. names, thread],
        [Packed.Number(known.Last), Packed.Number(known.Forgotten), Packed.Number(MaxPerRequest), Packed.Number(mostBytes)], VectorPage.Read, cancellationToken);
}
