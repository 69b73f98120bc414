using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.LibSql.Tests;

/// <summary>Every call on a server is one request, however long the thread.</summary>
public sealed class RemoteRequestTests : IAsyncLifetime
{
    private readonly Wire wire = new();
    private LibSqlOptions options = new();
    private LibSqlDatabase? database;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private LibSqlDatabase Database => database ?? throw new InvalidOperationException("The database is opened before each test.");

    public async ValueTask InitializeAsync()
    {
        options = await TestServer.CreateAsync();
        database = LibSqlDatabase.Open(options, wire.Client);
    }

    public async ValueTask DisposeAsync()
    {
        await TestServer.RemoveAsync(options);
        wire.Dispose();
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1_000)]
    [InlineData(5_000)]
    public async Task Each_call_is_one_request_at_any_length(int length)
    {
        var store = new LibSqlMessageStore(Database);
        var append = new AppendMessages(store, TimeProvider.System);
        var search = new LibSqlSearchIndex(Database);
        for (var first = 0; first < length; first += 1_000)
        {
            await store.AppendAsync(append.Prepare("t", Request(Drafts.Messages(Math.Min(1_000, length - first), $"f{first}-"))), Token);
        }

        var embedded = new EmbeddedTexts(Vectors.Space, [.. Enumerable.Repeat<ReadOnlyMemory<float>>(Vectors.At(45), 50)]);
        var fifty = append.Prepare("t", Request(Drafts.Messages(50, "fifty"))) with { Embedded = embedded };
        await OneAsync("append", () => store.AppendAsync(append.Prepare("t", Request(Drafts.Message("one", "of one alone"))), Token));
        await OneAsync("append of fifty with vectors", () => store.AppendAsync(fifty, Token));
        await OneAsync("repeated append", () => store.AppendAsync(fifty, Token));
        await OneAsync("last N", () => store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30 }, Token));
        await OneAsync("page", () => store.PageAsync(new MessageListing("t", 20, Descending: true, After: length / 2, null), Token));
        await OneAsync("page of threads", () => store.ListThreadsAsync(new ThreadListing("r", 20, ThreadOrder.UpdatedAt, Descending: true, null), Token));
        foreach (var scope in (SearchScope[])[SearchScope.Thread("t"), SearchScope.ResourceOf("t"), SearchScope.Resource("r")])
        {
            var query = new SearchQuery { Scope = scope, Terms = LexicalEncoder.EncodeQuery("one alone"), Vector = new QueryVector(Vectors.Space, Vectors.At(44)), CountPending = true, TopK = 3 };
            await OneAsync("recall", async () =>
            {
                var found = await search.SearchAndReadAsync(query, new RecallWindow(Last: 30, Before: 2, After: 2), Token);
                Assert.Equal(3, found!.Found.Hits.Count); // the thread is there
                Assert.Equal(length + 1, found.Found.PendingEmbeddings);
            }, rows: long.MaxValue);
            await OneAsync("recall by words", () => search.SearchAndReadAsync(query with { Vector = null, CountPending = false }, new RecallWindow(Last: 30, Before: 2, After: 2), Token));
        }

        await ArchiveAsync(length);
        await AddressesAsync(store, search);
        await UpkeepAsync(store, append);
        var stored = await store.FindMessageAsync("t", "fifty1", Token);
        var edit = new MessageEdit(stored!.Message, LexicalTerms("another"), stored.Revision, stored.Fingerprint, DateTimeOffset.UtcNow, IsSameText: false, EmbeddingDueAt: null); // just appended
        await OneAsync("edit", () => store.ReplaceMessageAsync(edit, Token));
        await OneAsync("delete a message", () => store.DeleteMessageAsync("t", "fifty2", DateTimeOffset.UtcNow, Token));
        if (length < 5_000)
        {
            await OneAsync("clone", () => store.CloneThreadAsync(new ThreadClone("t", "copy", null, null, DateTimeOffset.UtcNow), Token), rows: long.MaxValue);
            await OneAsync("delete a thread", () => store.DeleteThreadAsync("t", null, Token), rows: long.MaxValue);
        }
        else
        {
            var before = wire.Requests;
            Assert.True(await store.DeleteThreadAsync("t", null, Token));
            Assert.Equal(2, wire.Requests - before); // in steps of 5,000
        }
    }

    [Fact]
    public async Task The_first_call_of_a_process_looks_at_the_schema_once()
    {
        await new LibSqlMessageStore(Database).CheckAsync(Token);
        var made = wire.Requests;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => new LibSqlMessageStore(Database).CheckAsync(Token)));
        Assert.Equal(made + 8, wire.Requests);

        await using var another = LibSqlDatabase.Open(options, wire.Client);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => new LibSqlMessageStore(another).CheckAsync(Token)));
        Assert.Equal(made + 8 + 2 + 8, wire.Requests);
    }

    [Fact]
    public async Task Ten_instances_that_begin_together_make_the_schema_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async number =>
        {
            await using var instance = TestServer.Open(options);
            await new LibSqlMessageStore(instance).CreateThreadAsync(Drafts.Thread($"t{number}", "r", DateTimeOffset.UtcNow), Token);
        }));
        var page = await new LibSqlMessageStore(Database).ListThreadsAsync(new ThreadListing("r", 20, ThreadOrder.CreatedAt, Descending: false, null), Token);
        Assert.Equal(10, page.Items.Count);
    }

    [Fact]
    public async Task What_is_larger_than_an_answer_may_be_is_read_in_pieces()
    {
        var store = new LibSqlMessageStore(Database);
        var append = new AppendMessages(store, TimeProvider.System);
        var text = new string('x', 3_900_000);
        for (var number = 1; number <= 5; number++)
        {
            await store.AppendAsync(append.Prepare("t", Request(Drafts.Message($"m{number}", $"{text} word{number}"))), Token);
        }

        Assert.Equal([3, 4, 5], (await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 3 }, Token))!.Select(message => message.Position)); // the thread is there, and below
        var ranges = new MessageRead { ResourceId = "r", Ranges = [new PositionRange("t", 1, 5)] };
        Assert.Equal([1, 2, 3, 4, 5], (await store.ReadAsync(ranges, Token))!.Select(message => message.Position));
        var page = await store.PageAsync(new MessageListing("t", 4, Descending: true, After: null, Filter: null), Token);
        Assert.Equal([5, 4, 3, 2], page!.Items.Select(message => message.Position));
        Assert.True(page.HasMore);

        var query = new SearchQuery { Scope = SearchScope.Thread("t"), Terms = LexicalEncoder.EncodeQuery("word3"), TopK = 1 };
        var found = await new LibSqlSearchIndex(Database).SearchAndReadAsync(query, new RecallWindow(Last: 1, Before: 2, After: 1), Token);
        Assert.Equal(3, Assert.Single(found!.Found.Hits).Position);
        Assert.Equal([1, 2, 3, 4, 5], found.Messages.Select(message => message.Position));
    }

    [Fact]
    public async Task What_is_larger_than_an_answer_may_be_is_archived_in_shorter_pages()
    {
        var (archive, now) = (new LibSqlArchive(Database), DateTimeOffset.UtcNow);
        var large = new RawJson($$"""{"x": "{{new string('x', 3_900_000)}}"}""");
        foreach (var threadId in (string[])["content", "metadata", "third"])
        {
            var thread = new ThreadRecord { Id = threadId, ResourceId = "r", Metadata = large, CreatedAt = now, UpdatedAt = now, LastPosition = 4, MessageCount = 4, Version = 1 };
            for (var position = 1; position <= 4; position++)
            {
                var message = new Message
                {
                    ThreadId = threadId,
                    Position = position,
                    Id = $"m{position}",
                    Role = MessageRole.User,
                    CreatedAt = now,
                    Content = MessageContent.FromText(threadId == "content" ? large.Text : "small"),
                    Metadata = threadId == "metadata" ? large : null,
                };
                var archived = new ArchivedMessage(new StoredMessage(message, 1, MessageFingerprint.Of(message.Role, message.Name, message.Content, message.Metadata)), null);
                await archive.WriteAsync(new ArchivePiece { Thread = thread, Messages = [archived], IsLast = false, Now = now }, Token);
            }
        }

        Assert.Equal(3, (await archive.FindThreadsAsync(["content", "metadata", "third"], Token)).Count);
        foreach (var threadId in (string[])["content", "metadata"])
        {
            List<long> read = [];
            ArchivePage? page = null;
            while (page is not { HasMore: false })
            {
                page = await archive.ReadAsync(new ArchiveRead(threadId, read.LastOrDefault(), 4, int.MaxValue, WithVectors: true), Token);
                read.AddRange(page!.Messages.Select(message => message.Message.Position)); // it was written
            }

            Assert.Equal([1, 2, 3, 4], read);
        }
    }

    private async Task AddressesAsync(LibSqlMessageStore store, LibSqlSearchIndex search)
    {
        foreach (var (thread, isThere) in ((ThreadAddress, bool)[])[(new("t", "r"), true), (new("t", "another"), false)])
        {
            var query = new SearchQuery { Scope = SearchScope.Thread(thread), Terms = LexicalEncoder.EncodeQuery("one alone"), TopK = 3 };
            var owner = new WorkingMemoryOwner(IsThread: true, "t") { ResourceId = thread.ResourceId };
            var rows = isThere ? 4_000 : 20;
            await OneAsync("find a message", async () => Assert.Equal(isThere, await store.FindMessageAsync(thread, "one", Token) is not null), 20);
            await OneAsync("last N of a resource", async () => Assert.Equal(isThere, await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30, ResourceId = thread.ResourceId }, Token) is not null), rows);
            await OneAsync("page of a resource", async () => Assert.Equal(isThere, await store.PageAsync(new MessageListing(thread, 20, Descending: true, null, null), Token) is not null), rows);
            await OneAsync("search of a resource", async () => Assert.Equal(isThere, await search.SearchAsync(query, Token) is not null), rows);
            await OneAsync("recall of a resource", async () => Assert.Equal(isThere, await search.SearchAndReadAsync(query, new RecallWindow(30, 2, 2), Token) is not null), rows);
            await OneAsync("find working memory", async () => Assert.Null(await store.FindWorkingMemoryAsync(owner, Token)), 20);
            await OneAsync("delete what is not there", async () => Assert.False(await store.DeleteMessageAsync(thread, "missing", DateTimeOffset.UtcNow, Token)), 20);
            await OneAsync("delete what has changed", async () => Assert.False(await store.DeleteThreadAsync(thread, new ThreadCondition(UpdatedAt: DateTimeOffset.UnixEpoch), Token)), 20);
        }
    }

    private async Task UpkeepAsync(LibSqlMessageStore store, AppendMessages append)
    {
        var now = DateTimeOffset.UtcNow;
        var usual = new ExpiryQuery(now.AddDays(1), TimeSpan.FromDays(2), 50, null);
        string? next = null;
        await OneAsync("expired threads with a time of their own", async () => next = (await store.ListExpiredAsync(usual, Token)).Next, rows: 5);
        await OneAsync("other expired threads", async () => Assert.Empty((await store.ListExpiredAsync(usual with { After = next }, Token)).Items), rows: 30);
        await OneAsync("resources by beginning", async () => Assert.Single((await store.ListResourcesAsync(new ResourceListing(9, Prefix: "r"), Token)).Items), rows: 5);
        var accepted = append.Prepare("t", Request(Drafts.Message("accepted", "text"))) with { AcceptedAt = now };
        await OneAsync("accepted append", () => store.AppendAsync(accepted, Token));
    }

    private async Task ArchiveAsync(int length)
    {
        var archive = new LibSqlArchive(Database);
        IReadOnlyList<ThreadRecord> threads = [];
        ArchivePage? page = null;
        await OneAsync("find threads", async () => threads = [.. (await archive.FindThreadsAsync(["t", "missing"], Token)).Select(state => state.Thread)], rows: 10);
        await OneAsync("read a piece", async () => page = await archive.ReadAsync(new ArchiveRead("t", length / 2, 40, 1_000_000, WithVectors: true), Token), rows: 500);
        await OneAsync("make a resource", () => archive.PutResourceAsync(new ResourceRecord("another", DateTimeOffset.UtcNow), Token));
        var piece = new ArchivePiece
        {
            Thread = Assert.Single(threads),
            Messages = [.. page!.Messages.Select(read => Behind(read, length + 1_000))], // the thread is there
            IsLast = false,
            Space = Vectors.Space,
            Now = DateTimeOffset.UtcNow,
        };
        await OneAsync("write a piece", async () => Assert.Equal((40, 0), (await archive.WriteAsync(piece, Token)) is var outcome ? (outcome.Written, outcome.Pending) : default), rows: 1_000);
        await OneAsync("write a piece again", async () => Assert.Equal(0, (await archive.WriteAsync(piece, Token)).Written), rows: 1_000);
        var moved = piece with { Messages = [.. page.Messages.Select(read => Behind(read, 0) with { Stored = read.Stored with { Revision = 2, Fingerprint = new byte[16] } })] };
        await OneAsync("write what is in the way", async () => Assert.Equal(40, (await archive.WriteAsync(moved, Token)).Conflicts.Count), rows: 1_000);
    }

    private static ArchivedMessage Behind(ArchivedMessage archived, long distance) => archived with
    {
        Stored = archived.Stored with { Message = archived.Message with { Position = archived.Message.Position + distance, Id = $"{archived.Message.Id} {distance}" } },
        Vectors = Vectors.At(30),
    };

    private static AppendRequest Request(params MessageInput[] messages) => new() { ResourceId = "r", Messages = messages };

    private static byte[] LexicalTerms(string text) => LexicalEncoder.EncodeMessage(null, text, DateTimeOffset.UnixEpoch).ToBytes();

    // One request, and for most calls no more rows than what they are about.
    private async Task OneAsync(string call, Func<Task> run, long rows = 4_000)
    {
        var before = wire.Requests;
        await run();
        Assert.True(wire.Requests == before + 1, $"{call}: {wire.Requests - before} requests");
        Assert.True(wire.RowsRead <= rows, $"{call}: {wire.RowsRead} rows read");
    }
}
