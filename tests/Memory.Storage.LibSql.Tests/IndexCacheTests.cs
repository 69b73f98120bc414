using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.LibSql.Tests;

public sealed class IndexCacheTests : IDisposable
{
    private const int Dimensions = 512, Messages = 1_200;
    private static readonly EmbeddingSpace Space = new("test-model", Dimensions);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("memory-libsql-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_resource_too_large_for_the_cache_is_searched_with_the_same_result()
    {
        await using var large = Open(megabytes: 64);
        await FillAsync(large);
        await using var small = Open(megabytes: 1);
        var (whole, read) = (new LibSqlSearchIndex(large), new LibSqlSearchIndex(small));

        for (var seed = 0; seed < 10; seed++)
        {
            foreach (var scope in (SearchScope[])[SearchScope.Resource("r"), SearchScope.Thread("t2")])
            {
                var query = new SearchQuery
                {
                    Scope = scope,
                    Terms = LexicalEncoder.EncodeQuery($"text word{seed}"),
                    Vector = new QueryVector(Space, Vectors.Random(seed, Dimensions)),
                    CountPending = true,
                    TopK = 20,
                };
                var (expected, found) = (await whole.SearchAsync(query, Token), await read.SearchAsync(query, Token));
                Assert.Equal(expected!.Hits, found!.Hits); // the thread is there
                Assert.Equal(expected.PendingEmbeddings, found.PendingEmbeddings);
                Assert.True(expected.PendingEmbeddings > 0);
            }
        }
    }

    [Fact]
    public async Task The_cache_keeps_within_its_bound_whatever_is_searched()
    {
        await using var database = (FileDatabase)Open(megabytes: 1);
        var (store, search) = (new LibSqlMessageStore(database), new LibSqlSearchIndex(database));
        var sizes = new List<long>();
        for (var number = 0; number < 40; number++)
        {
            await AppendAsync(store, $"r{number}", $"r{number}-t", 200);
            Assert.Equal(10, await CountHitsAsync(search, $"r{number}"));
            sizes.Add(database.Indexes.Bytes);
        }

        Assert.True(sizes[0] > 1024 * 1024 / 40, $"one index of {sizes[0]} bytes: too small for all to fill the cache");
        Assert.All(sizes, size => Assert.InRange(size, 1, 1024 * 1024));
        Assert.Equal(10, await CountHitsAsync(search, "r0")); // dropped long ago, and built again
    }

    [Fact]
    public async Task An_erased_resource_leaves_nothing_in_memory_and_its_name_starts_anew()
    {
        await using var database = (FileDatabase)Open(megabytes: 64);
        var (store, search) = (new LibSqlMessageStore(database), new LibSqlSearchIndex(database));
        await AppendAsync(store, "kept", "t1", 10);
        await CountHitsAsync(search, "kept");
        var kept = database.Indexes.Bytes;
        await AppendAsync(store, "gone", "t2", 300);
        Assert.Equal(10, await CountHitsAsync(search, "gone"));
        Assert.True(database.Indexes.Bytes > kept);

        await store.EraseResourceAsync("gone", DateTimeOffset.UtcNow, Token);

        Assert.Equal(kept, database.Indexes.Bytes);
        Assert.Equal(0, await CountHitsAsync(search, "gone"));
        await AppendAsync(store, "another", "t3", 1); // may be given the key that the erased one had
        Assert.Equal(1, await CountHitsAsync(search, "another"));
        Assert.Equal(10, await CountHitsAsync(search, "kept"));
    }

    private static async Task AppendAsync(LibSqlMessageStore store, string resourceId, string threadId, int messages) => await store.AppendAsync(
        new AppendMessages(store, TimeProvider.System).Prepare(
            threadId, new AppendRequest { ResourceId = resourceId, Messages = [.. Enumerable.Range(0, messages).Select(number => Drafts.Message(null, $"text word{number}"))] }),
        Token);

    private static async Task<int> CountHitsAsync(LibSqlSearchIndex search, string resourceId) => (await search.SearchAsync(
        new SearchQuery { Scope = SearchScope.Resource(resourceId), Terms = LexicalEncoder.EncodeQuery("text"), TopK = 10 }, Token))!.Hits.Count;

    private static async Task FillAsync(LibSqlDatabase database)
    {
        var (store, embeddings) = (new LibSqlMessageStore(database), new LibSqlEmbeddingStore(database));
        var append = new AppendMessages(store, TimeProvider.System);
        for (var thread = 0; thread < 3; thread++)
        {
            var request = new AppendRequest
            {
                ResourceId = "r",
                Messages = [.. Enumerable.Range(0, Messages / 3).Select(number => Drafts.Message(null, $"text word{number % 10}"))],
            };
            await store.AppendAsync(append.Prepare($"t{thread}", request) with { EmbeddingDueAt = DateTimeOffset.UnixEpoch }, Token);
        }

        // Some with two vectors, some with none, and some still without.
        var claimed = await embeddings.ClaimAsync(Messages - 50, TimeSpan.FromHours(1), DateTimeOffset.UtcNow, Token);
        await embeddings.PutAsync(
            Space,
            [.. claimed.Select((item, at) => new MessageVectors(item.Message, (at % 10) switch
            {
                0 => ReadOnlyMemory<float>.Empty,
                1 => (float[])[.. Vectors.Random(at, Dimensions), .. Vectors.Random(-at, Dimensions)],
                _ => Vectors.Random(at, Dimensions),
            }))],
            DateTimeOffset.UtcNow, Token);
    }

    private LibSqlDatabase Open(int megabytes) =>
        LibSqlDatabase.Open(new LibSqlOptions { Url = $"file:{Path.Combine(folder.FullName, "memory.db")}", IndexCacheMegabytes = megabytes });
}
