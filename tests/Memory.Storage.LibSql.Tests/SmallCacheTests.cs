using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.LibSql.Tests;

public sealed class SmallCacheTests : IDisposable
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
