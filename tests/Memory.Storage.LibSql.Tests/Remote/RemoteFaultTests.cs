using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.LibSql.Tests;

/// <summary>What a caller sees when the server or the way to it fails.</summary>
public sealed class RemoteFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_is_killed_again_and_again_loses_nothing_that_was_answered()
    {
        await using var server = await TestServer.StartAsync();
        await using var database = TestServer.Open(TestServer.OptionsOf(server));
        var store = new LibSqlMessageStore(database);
        var append = new AppendMessages(store, TimeProvider.System);
        await store.AppendAsync(append.Prepare("t", Request("first")), Token);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var answered = 0;
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(
            async () =>
            {
                List<string> ids = [];
                for (var number = 0; !stop.IsCancellationRequested; number++)
                {
                    // Of several messages, so that a kill can come in the middle of one.
                    var batch = append.Prepare("t", Request([.. Enumerable.Range(0, 20).Select(item => $"w{writer}-{number}-{item}")]));
                    while (true)
                    {
                        try
                        {
                            await store.AppendAsync(batch, Token);
                            break;
                        }
                        catch (MemoryStoreException fault) when (fault.IsTransient)
                        {
                        }
                    }

                    ids.AddRange(batch.Messages.Select(message => message.Id));
                    Interlocked.Increment(ref answered);
                }

                return ids;
            },
            Token)).ToArray();
        for (var kill = 0; kill < 5; kill++)
        {
            for (var before = Volatile.Read(ref answered); Volatile.Read(ref answered) < before + 6;)
            {
                await Task.Delay(5, Token);
            }

            await server.KillAsync();
            await server.BeginAsync();
        }

        await stop.CancelAsync();
        var ids = (await Task.WhenAll(writers)).SelectMany(list => list).Prepend("first").Order(StringComparer.Ordinal).ToList();
        var found = new List<Message>();
        while (await store.PageAsync(new MessageListing("t", 1_000, Descending: false, found.Count > 0 ? found[^1].Position : null, null), Token) is { Items.Count: > 0 } page)
        {
            found.AddRange(page.Items);
        }

        Assert.Equal(Enumerable.Range(1, ids.Count).Select(position => (long)position), found.Select(message => message.Position));
        Assert.Equal(ids, found.Select(message => message.Id).Order(StringComparer.Ordinal));
        Assert.True(await IsFoundAsync(database, found[^1]));
    }

    [Fact]
    public async Task Sixteen_writers_each_append_sent_twice_leave_no_gap_no_double_and_see_no_error()
    {
        var options = await TestServer.CreateAsync();
        await using var database = TestServer.Open(options);
        var store = new LibSqlMessageStore(database);
        var append = new AppendMessages(store, TimeProvider.System);
        const int writers = 16, appends = 200;
        var results = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(
            async () =>
            {
                List<(AppendResult Once, AppendResult Twice)> pairs = [];
                for (var number = 0; number < appends; number++)
                {
                    var batch = append.Prepare("t", Request($"w{writer}-{number}"));
                    var both = await Task.WhenAll(store.AppendAsync(batch, Token), store.AppendAsync(batch, Token));
                    pairs.Add((both[0], both[1]));
                }

                return pairs;
            },
            Token)));

        var positions = results.SelectMany(pairs => pairs).Select(pair =>
        {
            var (once, twice) = (Assert.Single(pair.Once.Messages), Assert.Single(pair.Twice.Messages));
            Assert.Equal(once.Position, twice.Position);
            Assert.True(once.Duplicate != twice.Duplicate);
            return once.Position;
        });
        Assert.Equal(Enumerable.Range(1, writers * appends).Select(position => (long)position), positions.Order());
        var thread = await store.FindThreadAsync("t", Token);
        Assert.Equal((writers * appends, (long)(writers * appends)), (thread!.MessageCount, thread.LastPosition)); // it was appended to
        await TestServer.RemoveAsync(options);
    }

    [Fact]
    public async Task An_answer_that_is_lost_is_asked_for_again_where_that_changes_nothing()
    {
        using var wire = new Wire();
        var options = await TestServer.CreateAsync();
        await using var database = LibSqlDatabase.Open(options, wire.Client);
        var store = new LibSqlMessageStore(database);
        var append = new AppendMessages(store, TimeProvider.System);
        await store.CheckAsync(Token);

        wire.LoseAnswers(2);
        var appended = await store.AppendAsync(append.Prepare("t", Request("m1")), Token);
        Assert.Equal(1, Assert.Single(appended.Messages).Position);
        wire.LoseAnswers(2);
        Assert.Single((await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 9 }, Token))!); // the thread is there
        var archive = new LibSqlArchive(database);
        var page = await archive.ReadAsync(new ArchiveRead("t", 0, 9, 1_000, WithVectors: true), Token);
        var moved = new ThreadRecord { Id = "moved", ResourceId = "r", CreatedAt = DateTimeOffset.UnixEpoch, UpdatedAt = DateTimeOffset.UnixEpoch, LastPosition = 1, MessageCount = 1, Version = 1 };
        wire.LoseAnswers(2);
        var outcome = await archive.WriteAsync(new ArchivePiece { Thread = moved, Messages = page!.Messages, IsLast = true, Now = DateTimeOffset.UnixEpoch }, Token); // as above
        Assert.Empty(outcome.Conflicts);
        Assert.Equal(moved, await store.FindThreadAsync("moved", Token));

        // Of an edit it is not known whether it was done: the caller is told so, and nothing is done twice.
        var stored = await store.FindMessageAsync("t", "m1", Token);
        var edit = new MessageEdit(stored!.Message, [], stored.Revision, stored.Fingerprint, DateTimeOffset.UtcNow, IsSameText: true, EmbeddingDueAt: null); // just appended
        wire.LoseAnswers(1);
        var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => store.ReplaceMessageAsync(edit, Token));
        Assert.True(fault.IsTransient);
        Assert.Equal(2, (await store.FindMessageAsync("t", "m1", Token))!.Revision); // as above
        await TestServer.RemoveAsync(options);
    }

    [Fact]
    public async Task A_wrong_token_is_an_error_that_names_the_setting_and_not_the_token()
    {
        var options = await TestServer.CreateAsync(guarded: true);
        foreach (var token in (string[])["", "wrong.secret.token"])
        {
            await using var database = TestServer.Open(new LibSqlOptions { Url = options.Url, AuthToken = token });
            var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => new LibSqlMessageStore(database).CheckAsync(Token));
            Assert.False(fault.IsTransient);
            Assert.Contains("Memory:LibSql:AuthToken", fault.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", fault.ToString(), StringComparison.Ordinal);
        }

        await TestServer.RemoveAsync(options);
    }

    [Fact]
    public async Task A_token_that_may_only_read_reads_and_writes_nothing()
    {
        var options = await TestServer.CreateAsync(guarded: true);
        await using var writer = TestServer.Open(options);
        var append = new AppendMessages(new LibSqlMessageStore(writer), TimeProvider.System);
        await append.AppendAsync(append.Prepare("t", Request("m1")), Token);

        await using var reader = TestServer.Open(new LibSqlOptions { Url = options.Url, AuthToken = TestServer.Reader });
        var store = new LibSqlMessageStore(reader);
        Assert.Single((await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 9 }, Token))!); // the thread is there
        Assert.True(await IsFoundAsync(reader, "m1"));
        foreach (var write in (Func<Task>[])
        [
            () => store.AppendAsync(append.Prepare("t", Request("m2")), Token),
            () => store.DeleteMessageAsync("t", "m1", DateTimeOffset.UtcNow, Token),
            () => store.DeleteThreadAsync("t", null, Token),
            () => store.EraseResourceAsync("r", DateTimeOffset.UtcNow, Token),
        ])
        {
            var fault = await Assert.ThrowsAsync<MemoryStoreException>(write);
            Assert.False(fault.IsTransient);
            Assert.Contains("Memory:LibSql:AuthToken", fault.Message, StringComparison.Ordinal);
        }

        Assert.Single((await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 9 }, Token))!); // as above
        await TestServer.RemoveAsync(options);
    }

    [Fact]
    public async Task A_way_that_is_slower_than_the_limit_is_an_error_and_one_that_is_not_is_waited_for()
    {
        using var wire = new Wire();
        var options = await TestServer.CreateAsync();
        await using var slow = LibSqlDatabase.Open(new LibSqlOptions { Url = options.Url, TimeoutSeconds = 1, Retries = 1 }, wire.Client);
        var store = new LibSqlMessageStore(slow);
        wire.Delay = TimeSpan.FromMilliseconds(300);
        await store.CheckAsync(Token);
        wire.Delay = TimeSpan.FromSeconds(2);
        var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => store.CheckAsync(Token));
        Assert.True(fault.IsTransient);
        Assert.Contains("within 1 s", fault.Message, StringComparison.Ordinal);
        await TestServer.RemoveAsync(options);
    }

    [Fact]
    public async Task A_server_that_is_away_is_an_error_and_never_an_empty_result()
    {
        await using var server = await TestServer.StartAsync();
        await using var database = TestServer.Open(TestServer.OptionsOf(server, retries: 1));
        var (store, search) = (new LibSqlMessageStore(database), new LibSqlSearchIndex(database));
        await store.CreateThreadAsync(Drafts.Thread("t", "r", DateTimeOffset.UtcNow), Token);
        await server.KillAsync();
        foreach (var call in (Func<Task>[])
        [
            () => store.CheckAsync(Token),
            () => store.ReadAsync(new MessageRead { ThreadId = "t", Last = 9 }, Token),
            () => store.FindThreadAsync("t", Token),
            () => store.ListResourcesAsync(new ResourceListing(9), Token),
            () => search.SearchAsync(new SearchQuery { Scope = SearchScope.Thread("t"), Terms = ["word"], TopK = 3 }, Token),
            () => new LibSqlEmbeddingStore(database).ClaimAsync(9, TimeSpan.FromMinutes(1), DateTimeOffset.UtcNow, Token),
            () => new LibSqlOperationStore(database).FindAsync("o", Token),
        ])
        {
            Assert.True((await Assert.ThrowsAsync<MemoryStoreException>(call)).IsTransient);
        }
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        var options = await TestServer.CreateAsync();
        await using (var current = TestServer.Open(options))
        {
            await new LibSqlMessageStore(current).CheckAsync(Token);
            var batch = Batch.Write("pretend");
            batch.Add("insert into schema_versions (version, applied_at) values (1000, 0)");
            await current.RunAsync(batch, result => result.Changed(0), Token);
        }

        await using var older = TestServer.Open(options);
        var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => new LibSqlMessageStore(older).CheckAsync(Token));
        Assert.Contains("schema version 1000", fault.Message, StringComparison.Ordinal);
        await TestServer.RemoveAsync(options);
    }

    private static AppendRequest Request(params string[] ids) => new() { ResourceId = "r", Messages = [.. ids.Select(id => Drafts.Message(id, $"said {id}"))] };

    private static Task<bool> IsFoundAsync(LibSqlDatabase database, Message message) => IsFoundAsync(database, message.Id);

    private static async Task<bool> IsFoundAsync(LibSqlDatabase database, string id)
    {
        var query = new SearchQuery { Scope = SearchScope.Thread("t"), Terms = LexicalEncoder.EncodeQuery(id), TopK = 1 };
        return (await new LibSqlSearchIndex(database).SearchAsync(query, Token))!.Hits.Count == 1; // the thread is there
    }
}
