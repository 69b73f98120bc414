using Memory.Conformance;
using Memory.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>Every call is one statement, however long the thread: the length is made by the database itself, the calls are the product's.</summary>
public sealed class RoundTripTests : IAsyncLifetime
{
    private static readonly EmbeddingSpace Space = new("test-model", 3);
    private PostgresOptions options = new();
    private PostgresDatabase? database;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PostgresDatabase Database => database ?? throw new InvalidOperationException("The database is opened before each test.");

    private PostgresMessageStore Store => new(Database);

    public async ValueTask InitializeAsync()
    {
        options = await TestDatabase.OptionsAsync();
        database = PostgresDatabase.Open(options);
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await TestDatabase.ExecuteAsync(options.Url, $"drop schema {PostgresNames.Quote(options.Schema)} cascade");
    }

    [Fact]
    public async Task A_receipt_counts_one_request_and_the_bytes_of_this_call_alone()
    {
        await FillAsync(10); // and the schema is there
        var append = new AppendMessages(Store, TimeProvider.System);
        var text = new string('x', 20_000);
        var others = Task.Run(() => Store.ReadAsync(new MessageRead { ThreadId = "t", Last = 10 }, Token), Token);
        var receipt = CostReceipt.Open();

        await append.AppendAsync(append.Prepare("t", new AppendRequest { Messages = [new MessageInput { Role = "user", Content = new RawJson($"\"{text}\"") }] }), Token);

        await others;
        Assert.Equal((1, 1), (receipt.Requests, receipt.Commands));
        Assert.InRange(receipt.BytesSent, 20_000, 100_000);
        Assert.InRange(receipt.BytesReceived, 1, 5_000);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public async Task Each_call_is_one_round_trip_at_any_length(int length)
    {
        await FillAsync(length);
        var append = new AppendMessages(Store, TimeProvider.System);
        var recall = Recall();

        await OneAsync("append", () => append.AppendAsync(append.Prepare("t", Request(Drafts.Messages(1, "one")))));
        await OneAsync("append of fifty with vectors", () => Store.AppendAsync(
            append.Prepare("t", Request(Drafts.Messages(50, "fifty"))) with { Embedded = new EmbeddedTexts(Space, [.. Enumerable.Repeat<ReadOnlyMemory<float>>(Vectors.At(45), 50)]) }));
        await OneAsync("repeated append", () => append.AppendAsync(append.Prepare("t", Request(Drafts.Messages(1, "one")))));
        await OneAsync("last N", () => Store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30 }, Token));
        await OneAsync("page", () => Store.PageAsync(new MessageListing("t", 20, Descending: true, After: length / 2, null), Token));
        await OneAsync("page of threads", () => Store.ListThreadsAsync(new ThreadListing("r", 20, ThreadOrder.UpdatedAt, Descending: true, null), Token));
        await OneAsync("recall of the last alone", () => recall.RecallAsync(new RecallQuery { Scope = SearchScope.Thread("t"), LastMessages = 30 }, Token));
        foreach (var scope in (SearchScope[])[SearchScope.Thread("t"), SearchScope.ResourceOf("t"), SearchScope.Resource("r")])
        {
            await OneAsync("recall", async () =>
            {
                var result = await recall.RecallAsync(new RecallQuery { Scope = scope, Query = "what about one7", LastMessages = scope.ThreadId is null ? 0 : 30, TopK = 3, Before = 2, After = 2 }, Token);
                Assert.Equal(3, result.Explanation.Hits.Count);
                Assert.NotNull(result.Explanation.Space);
            });
        }

        await OneAsync("edit", () => Store.ReplaceMessageAsync(Edit("fifty1"), Token));
        await OneAsync("delete a message", () => Store.DeleteMessageAsync("t", "fifty2", DateTimeOffset.UtcNow, Token));
        await HeldAsync(length);
        await OneAsync("delete a thread", () => Store.DeleteThreadAsync(new ThreadAddress("t", "r"), new ThreadCondition(Version: null, UpdatedAt: null), Token));
    }

    [Fact]
    public async Task A_turn_is_two_round_trips()
    {
        await FillAsync(100);
        var append = new AppendMessages(Store, TimeProvider.System);
        var query = new RecallQuery
        {
            Scope = SearchScope.ResourceOf("t"),
            Append = append.Prepare("t", Request(Drafts.Message("turn", "what of text7"))),
            LastMessages = 30,
            TopK = 3,
            Before = 2,
            After = 2,
        };

        Assert.Equal(2, (await RoundTrips.OfAsync(() => Recall().RecallAsync(query, Token))).Count);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(10_000)]
    public async Task Each_call_about_whole_threads_is_one_round_trip_at_any_length(int length)
    {
        await FillAsync(length);
        var archive = new PostgresArchive(Database);
        var page = await archive.ReadAsync(new ArchiveRead("t", 0, 500, int.MaxValue, WithVectors: true), Token) ?? throw new InvalidOperationException("The thread was just filled.");
        var thread = (await Store.FindThreadAsync("t", Token) ?? throw new InvalidOperationException("The thread was just filled.")) with { Id = "copy", ResourceId = "new" };
        var piece = new ArchivePiece { Thread = thread, Messages = page.Messages, Space = page.Space, IsLast = true, Now = DateTimeOffset.UtcNow };

        await OneAsync("find", () => archive.FindThreadsAsync([.. Enumerable.Range(0, 100).Select(i => $"t{i}"), "t"], Token));
        await OneAsync("read", () => archive.ReadAsync(new ArchiveRead("t", length / 2, 500, int.MaxValue, WithVectors: true), Token));
        await OneAsync("write, with the thread and its resource", async () => Assert.Equal(page.Messages.Count, (await archive.WriteAsync(piece, Token)).Written));
        await OneAsync("write again", async () => Assert.Equal(0, (await archive.WriteAsync(piece, Token)).Written));
        await OneAsync("write against what is there", async () => Assert.NotEmpty((await archive.WriteAsync(piece with { Messages = [Moved(page.Messages[0], "other")] }, Token)).Conflicts));
        await OneAsync("write to another's thread", async () => Assert.True((await archive.WriteAsync(piece with { Thread = thread with { ResourceId = "r" } }, Token)).IsTaken));
        await OneAsync("put a resource", () => archive.PutResourceAsync(new ResourceRecord("r", DateTimeOffset.UtcNow), Token));
    }

    [Fact]
    public async Task Each_call_about_vectors_of_messages_elsewhere_is_one_round_trip()
    {
        var index = new PostgresVectorIndex(Database);
        await index.CheckAsync(Token);
        var entries = Enumerable.Range(0, 50).Select(i => new VectorEntry(new ContentVersion("t", $"m{i}", 1, new string('0', 32)), MessageRole.User, DateTimeOffset.UnixEpoch, Vectors.At(i))).ToList();

        await OneAsync("put", () => index.PutAsync(Space, "r", entries, Token));
        await OneAsync("search a thread", () => index.SearchAsync(new NearestQuery(new QueryVector(Space, Vectors.At(0)), "t", null, null, 10), Token));
        await OneAsync("search a resource", () => index.SearchAsync(new NearestQuery(new QueryVector(Space, Vectors.At(0)), null, "r", null, 10), Token));
        await OneAsync("read contents", async () => Assert.Equal(50, (await index.FetchAsync(Space, "r", [.. entries.Select(entry => entry.Content)], Token)).Count));
        await OneAsync("remove contents", () => index.RemoveAsync("t", [entries[0].Content, entries[1].Content], Token));
        await OneAsync("remove a message", () => index.RemoveMessageAsync("t", "m2", Token));
        await OneAsync("remove a thread", () => index.RemoveThreadAsync("t", Token));
        await OneAsync("remove a resource", () => index.RemoveResourceAsync("r", Token));
    }

    [Fact]
    public async Task Each_call_about_keys_expired_threads_and_a_part_of_the_resources_is_one_round_trip()
    {
        await Store.CheckAsync(Token);
        var keys = new PostgresKeyStore(Database);
        var key = new AccessKey { Id = "k", Hash = new string('0', 64), Grant = AccessGrant.Everything, CreatedAt = DateTimeOffset.UnixEpoch };

        await OneAsync("add a key", async () => Assert.True(await keys.AddAsync(key, Token)));
        await OneAsync("find a key", async () => Assert.Equal(key, await keys.FindAsync("k", Token)));
        await OneAsync("list keys", async () => Assert.Single((await keys.ListAsync(9, null, Token)).Items));
        await OneAsync("expire a key", async () => Assert.True(await keys.ExpireAsync("k", DateTimeOffset.UnixEpoch, Token)));
        await Store.CreateThreadAsync(Drafts.Thread("t", "acme/1", DateTimeOffset.UnixEpoch), Token);
        await OneAsync("list resources", async () => Assert.Single((await Store.ListResourcesAsync(new ResourceListing(9, Prefix: "acme/"), Token)).Items));
        string? after = null;
        await OneAsync("expired threads of their own", async () => after = (await Store.ListExpiredAsync(new ExpiryQuery(DateTimeOffset.UtcNow, TimeSpan.FromDays(1), 9, after), Token)).Next);
        await OneAsync("expired threads", async () => Assert.Single((await Store.ListExpiredAsync(new ExpiryQuery(DateTimeOffset.UtcNow, TimeSpan.FromDays(1), 9, after), Token)).Items));
    }

    /// <summary>What is held to a resource, and an append that waited, in the thread of a length.</summary>
    private async Task HeldAsync(int length)
    {
        var (thread, owner, now) = (new ThreadAddress("t", "r"), new WorkingMemoryOwner(IsThread: true, "t") { ResourceId = "r" }, DateTimeOffset.UtcNow);
        var append = new AppendMessages(Store, TimeProvider.System);
        await OneAsync("append that waited", () => Store.AppendAsync(append.Prepare("t", Request(Drafts.Messages(1, "late"))) with { AcceptedAt = now }, Token));
        await OneAsync("last N, held", async () => Assert.NotEmpty(await Store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30, ResourceId = "r" }, Token) ?? []));
        await OneAsync("page, held", async () => Assert.NotNull(await Store.PageAsync(new MessageListing(thread, 20, Descending: true, After: length / 2, null), Token)));
        await OneAsync("find, held", async () => Assert.NotNull(await Store.FindMessageAsync(thread, "fifty3", Token)));
        await OneAsync("search, held", async () => Assert.NotNull(await new PostgresSearchIndex(Database).SearchAsync(new SearchQuery { Scope = SearchScope.Thread(thread), Terms = ["one7"], TopK = 3 }, Token)));
        await OneAsync("search, another's", async () => Assert.Null(await new PostgresSearchIndex(Database).SearchAsync(
            new SearchQuery { Scope = SearchScope.Thread(thread with { ResourceId = "other" }), Terms = ["one7"], TopK = 3 }, Token)));
        await OneAsync("edit, held", async () => Assert.True(await Store.ReplaceMessageAsync(Edit("fifty3") with { ResourceId = "r" }, Token)));
        await OneAsync("edit, another's", async () => Assert.False(await Store.ReplaceMessageAsync(Edit("fifty4") with { ResourceId = "other" }, Token)));
        await OneAsync("delete a message, held", async () => Assert.True(await Store.DeleteMessageAsync(thread, "fifty4", now, Token)));
        await OneAsync("put a document, held", async () => Assert.True(await Store.PutWorkingMemoryAsync(owner, new WorkingMemoryDocument(false, "note", 1, now), null, Token)));
        await OneAsync("find a document, held", async () => Assert.NotNull(await Store.FindWorkingMemoryAsync(owner, Token)));
        await OneAsync("delete a document, held", async () => Assert.True(await Store.DeleteWorkingMemoryAsync(owner, null, Token)));
    }

    private static async Task OneAsync(string what, Func<Task> call)
    {
        var sent = await RoundTrips.OfAsync(call);
        Assert.True(sent.Count == 1, $"{what}: {sent.Count} statements were sent: {string.Join(" | ", sent)}");
    }

    private static AppendRequest Request(params IReadOnlyList<MessageInput> messages) => new() { ResourceId = "r", Messages = messages };

    private static ArchivedMessage Moved(ArchivedMessage message, string id) => message with { Stored = message.Stored with { Message = message.Message with { Id = id } } };

    private static MessageEdit Edit(string id) => new(
        new Message { ThreadId = "t", Id = id, Position = 0, Role = MessageRole.User, Content = MessageContent.FromText("edited"), CreatedAt = DateTimeOffset.UnixEpoch },
        LexicalEncoder.EncodeMessage(null, "edited", DateTimeOffset.UnixEpoch).ToBytes(), 1, Fingerprint: default, DateTimeOffset.UtcNow, IsSameText: false, EmbeddingDueAt: null);

    private RecallMessages Recall() => new(
        Store, new PostgresSearchIndex(Database), TimeProvider.System,
        new EmbedMessages(
            new Embedder(new FixedEmbedder(), new EmbeddingOptions()), new PostgresEmbeddingStore(Database), new NoWorker(), new EmbeddingOptions(), TimeProvider.System,
            NullLogger<EmbedMessages>.Instance));

    /// <summary>A thread of a length with a vector each, the first through the product and the others as copies of it.</summary>
    private async Task FillAsync(int length)
    {
        var append = new AppendMessages(Store, TimeProvider.System);
        await Store.AppendAsync(
            append.Prepare("t", Request(Drafts.Message("m1", "text of everything"))) with { Embedded = new EmbeddedTexts(Space, [Vectors.At(45)]) }, Token);
        await using var source = NpgsqlDataSource.Create(options.Url);
        foreach (var sql in (string[])
        [
            $$"""
            insert into {messages} (thread_key, position, resource_key, revision, length, created_at, fingerprint, role, id, tokens, counts, content)
            select thread_key, n, resource_key, 1, length, created_at, fingerprint, role, 'm' || n, tokens, counts, content from {messages}, generate_series(2, {{length}}) n
            """,
            $$"""
            insert into {vectors} (thread_key, position, resource_key, space_key, chunk, vector)
            select thread_key, n, resource_key, space_key, 0, vector from {vectors}, generate_series(2, {{length}}) n
            """,
            $$"""update {threads} set last_position = {{length}}, message_count = {{length}}""",
            $$"""update {term_counts} set count = {{length}}""",
            "analyze {messages}",
        ])
        {
            await using var command = source.CreateCommand(Database.Names.Fill(sql));
            await command.ExecuteNonQueryAsync(Token);
        }
    }
}
