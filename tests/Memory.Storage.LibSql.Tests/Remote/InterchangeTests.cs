using Memory.Conformance;
using Memory.Core;
using Memory.Fakes;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Memory.Storage.LibSql.Tests;

/// <summary>A file and a server's database are the same thing.</summary>
public sealed class InterchangeTests : IDisposable
{
    private const int Threads = 6, MessagesPerThread = 250;
    private static readonly EmbeddingSpace Space = new("test-model", 24);
    private static readonly string[] Vocabulary = [.. Enumerable.Range(0, 40).Select(number => $"word{number}")];
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("memory-libsql-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File => Path.Combine(folder.FullName, "memory.db");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_server_goes_on_with_a_file_and_a_file_with_what_a_server_left()
    {
        List<string> expected;
        await using (var file = OpenFile())
        {
            await FillAsync(file, "f");
            expected = await AskAsync(file);
        }

        // A server knows pages of 4 KiB only.
        await using (var file = OpenFile(pageSize: 4_096))
        {
            Assert.Equal(expected, await AskAsync(file));
        }

        await using var server = await TestServer.StartAsync(File);
        await using (var remote = TestServer.Open(TestServer.OptionsOf(server)))
        {
            Assert.Equal(expected, await AskAsync(remote));
            await FillAsync(remote, "s");
            await ChangeAsync(remote);
            expected = await AskAsync(remote);
        }

        await server.KillAsync(); // its log still holds what is not in the file yet
        Take(server);
        await using (var file = OpenFile())
        {
            Assert.Equal(expected, await AskAsync(file));
            await FillAsync(file, "g");
            await ChangeAsync(file);
            expected = await AskAsync(file);
        }

        // The words that the first server had indexed are not these messages'.
        await using var second = await TestServer.StartAsync(File);
        await using var again = TestServer.Open(TestServer.OptionsOf(second));
        Assert.Equal(expected, await AskAsync(again));
    }

    [Fact]
    public async Task What_an_archive_wrote_to_a_server_is_in_its_file_and_what_it_wrote_to_a_file_a_server_goes_on_with()
    {
        List<string> expected;
        await using var server = await TestServer.StartAsync();
        await using (var file = OpenFile())
        {
            await FillAsync(file, "f");
            await ChangeAsync(file);
            expected = await AskAsync(file);
            await using var remote = TestServer.Open(TestServer.OptionsOf(server));
            await CopyAsync(file, remote);
            Assert.Equal(expected, await AskAsync(remote));
        }

        await server.KillAsync(); // its log still holds what is not in the file yet
        Take(server);
        var copy = Path.Combine(folder.FullName, "copy.db");
        await using (var file = OpenFile())
        await using (var another = LibSqlDatabase.Open(new LibSqlOptions { Url = $"file:{copy}", PageSize = 4_096 }))
        {
            Assert.Equal(expected, await AskAsync(file));
            await CopyAsync(file, another);
            Assert.Equal(expected, await AskAsync(another));
        }

        await using var second = await TestServer.StartAsync(copy);
        await using var again = TestServer.Open(TestServer.OptionsOf(second));
        Assert.Equal(expected, await AskAsync(again));
    }

    [Fact]
    public async Task Upkeep_indexes_the_words_of_a_file_that_a_server_was_given_and_a_search_waits_for_a_little_of_it()
    {
        await using (var file = OpenFile(pageSize: 4_096))
        {
            // 11,000 messages are 22 steps, and a search does no more than 20 of them.
            var append = new AppendMessages(new LibSqlMessageStore(file), TimeProvider.System);
            for (var first = 0; first < 11_000; first += 1_000)
            {
                await append.AppendAsync(append.Prepare("t", new AppendRequest { ResourceId = "r", Messages = Drafts.Messages(1_000, $"m{first}-") }), Token);
            }
        }

        await using var server = await TestServer.StartAsync(File);
        await using var remote = TestServer.Open(TestServer.OptionsOf(server));
        var query = new SearchQuery { Scope = SearchScope.Thread("t"), Terms = ["text"], TopK = 3 };
        var search = new LibSqlSearchIndex(remote);
        var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => search.SearchAsync(query, Token));
        Assert.True(fault.IsTransient);
        await Task.WhenAll(new WordUpkeep(remote).RunAsync(Token), new WordUpkeep(remote).RunAsync(Token));
        Assert.Equal(3, (await search.SearchAsync(query, Token))!.Hits.Count); // the thread is there
    }

    private LibSqlDatabase OpenFile(int? pageSize = null) => LibSqlDatabase.Open(new LibSqlOptions { Url = $"file:{File}", PageSize = pageSize });

    private void Take(SqldServer server)
    {
        foreach (var old in folder.EnumerateFiles("memory.db*"))
        {
            old.Delete();
        }

        foreach (var end in (string[])["", "-wal"])
        {
            if (System.IO.File.Exists(server.File + end))
            {
                System.IO.File.Copy(server.File + end, File + end);
            }
        }
    }

    private static async Task FillAsync(LibSqlDatabase database, string prefix)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(20_000));
        var (store, embeddings) = (new LibSqlMessageStore(database), new LibSqlEmbeddingStore(database));
        var append = new AppendMessages(store, clock);
        var random = new Random(prefix[0]);
        for (var thread = 0; thread < Threads; thread++)
        {
            MessageInput[] messages =
            [
                .. Enumerable.Range(0, MessagesPerThread).Select(number => Drafts.Message(
                    $"{prefix}{thread}-{number}", string.Join(' ', Enumerable.Range(0, random.Next(3, 30)).Select(_ => Vocabulary[random.Next(random.Next(1, Vocabulary.Length))])))),
            ];
            await store.AppendAsync(append.Prepare($"t{thread}", new AppendRequest { ResourceId = "r", Messages = messages }) with { EmbeddingDueAt = clock.GetUtcNow() }, Token);
        }

        var claimed = await embeddings.ClaimAsync(Threads * MessagesPerThread * 3 / 4, TimeSpan.FromHours(1), clock.GetUtcNow(), Token);
        foreach (var chunk in claimed.Chunk(200))
        {
            await embeddings.PutAsync(
                Space,
                [.. chunk.Select((item, at) => new MessageVectors(item.Message, at % 9 == 0 ? (float[])[.. Of(item, 0), .. Of(item, 1)] : Of(item, 0)))], clock.GetUtcNow(), Token);
        }

        float[] Of(PendingMessage item, int piece) => Vectors.Random((int)(item.Message.ThreadId[1] * 10_000) + ((int)item.Message.Position * 2) + piece, Space.Dimensions);
    }

    // In the order of their making, which decides between messages of one rank.
    private static async Task CopyAsync(LibSqlDatabase from, LibSqlDatabase to)
    {
        var (store, source, target) = (new LibSqlMessageStore(from), new LibSqlArchive(from), new LibSqlArchive(to));
        await target.PutResourceAsync((await store.ListResourcesAsync(new ResourceListing(1), Token)).Items[0], Token);
        var threads = await store.ListThreadsAsync(new ThreadListing("r", 100, ThreadOrder.CreatedAt, Descending: false, null), Token);
        foreach (var thread in threads.Items)
        {
            var after = 0L;
            ArchivePage? page = null;
            while (page is not { HasMore: false })
            {
                page = await source.ReadAsync(new ArchiveRead(thread.Id, after, 70, 1_000_000, WithVectors: true), Token);
                var piece = new ArchivePiece
                {
                    Thread = thread,
                    Messages = page!.Messages, // it is listed
                    IsLast = !page.HasMore,
                    Space = page.Space,
                    EmbeddingDueAt = thread.CreatedAt,
                    Now = thread.CreatedAt,
                };
                Assert.Equal(page.Messages.Count, (await target.WriteAsync(piece, Token)).Written);
                after = page.Messages[^1].Message.Position;
            }
        }
    }

    private static async Task ChangeAsync(LibSqlDatabase database)
    {
        var (store, now) = (new LibSqlMessageStore(database), DateTimeOffset.UnixEpoch.AddDays(20_001));
        await store.DeleteMessageAsync("t0", "f0-7", now, Token);
        await store.DeleteMessageAsync("t0", "s0-7", now, Token);
        var stored = await store.FindMessageAsync("t1", "f1-9", Token);
        var text = MessageContent.FromText($"word1 word2 revision{stored!.Revision}"); // appended before
        await store.ReplaceMessageAsync(
            new MessageEdit(
                stored.Message with { Content = text }, LexicalEncoder.EncodeMessage(null, text.Text, stored.Message.CreatedAt).ToBytes(), stored.Revision, stored.Fingerprint, now,
                IsSameText: false, EmbeddingDueAt: now),
            Token);
        await store.CloneThreadAsync(new ThreadClone("t2", $"clone {stored.Revision}", null, 40, now), Token);
        await store.DeleteThreadAsync("t5", null, Token);
    }

    // Everything a caller could see, as lines.
    private static async Task<List<string>> AskAsync(LibSqlDatabase database)
    {
        var (store, search) = (new LibSqlMessageStore(database), new LibSqlSearchIndex(database));
        List<string> lines = [];
        var threads = await store.ListThreadsAsync(new ThreadListing("r", 100, ThreadOrder.CreatedAt, Descending: false, null), Token);
        foreach (var thread in threads.Items)
        {
            lines.Add($"{thread}");
            lines.AddRange((await store.ReadAsync(new MessageRead { ThreadId = thread.Id, Last = 1_000 }, Token))!.Select(Drafts.Describe)); // it is listed
        }

        for (var seed = 0; seed < 25; seed++)
        {
            var random = new Random(seed);
            var query = new SearchQuery
            {
                Scope = seed % 2 == 0 ? SearchScope.Resource("r") : SearchScope.Thread($"t{seed % 5}"),
                Terms = [.. Enumerable.Range(0, 1 + (seed % 4)).Select(_ => Vocabulary[random.Next(Vocabulary.Length)]).Distinct().Order(StringComparer.Ordinal)],
                Vector = seed % 3 == 0 ? null : new QueryVector(Space, Vectors.Random(seed, Space.Dimensions)),
                ExcludedPositions = seed % 2 == 1 ? new HashSet<long> { 3, 4, 200 } : new HashSet<long>(),
                CountPending = true,
                TopK = 1 + (seed % 12),
            };
            var found = await search.SearchAndReadAsync(query, new RecallWindow(Last: seed % 2 * 5, Before: 2, After: 1), Token);
            lines.Add($"{seed}: {found!.Found.PendingEmbeddings} pending"); // the thread is there
            lines.AddRange(found.Found.Hits.Select(hit => FormattableString.Invariant(
                $"{hit.ThreadId} {hit.Position} {hit.Score:F4} {hit.Lexical:F9} {(hit.LexicalRank <= query.TopK ? hit.LexicalRank : null)} {hit.Cosine:F4} {hit.DenseRank}")));
            lines.AddRange(found.Messages.Select(message => $"{message.ThreadId} {message.Position}"));
        }

        return lines;
    }
}
