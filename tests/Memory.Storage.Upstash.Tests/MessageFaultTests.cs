using Memory.Conformance;
using Memory.Core;
using Memory.Fakes;
using Xunit;

namespace Memory.Storage.Upstash.Tests;

/// <summary>What goes wrong between us and Redis ends in one retry that is safe or in an error that says why; never in an empty answer, never in a double.</summary>
public sealed class MessageFaultTests : IAsyncLifetime
{
    private TestServices? test;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TestServices Test => test ?? throw new InvalidOperationException("The services are started before each test.");

    public static TheoryData<string> Passing => ["503", "503 after", "429", "500 after", "cut", "cut after", "half", "html"];

    public async ValueTask InitializeAsync() => test = await TestServices.StartAsync(change: options => options.TimeoutSeconds = 2);

    public ValueTask DisposeAsync() => Test.DisposeAsync();

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task What_passes_is_overcome_and_done_once(string fault)
    {
        var store = new UpstashMessageStore(Test.Services);
        await OnceAsync(fault, async () => Assert.Equal([1L, 2L], (await AppendAsync(store, "t", "a", "b")).Messages.Select(message => message.Position)));
        await OnceAsync(fault, async () => Assert.Equal(2, (await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30 }, Token))!.Count)); // the thread is there
        await OnceAsync(fault, async () => Assert.True(await store.CreateThreadAsync(Drafts.Thread("u", "r", DateTimeOffset.UnixEpoch), Token)));
        await OnceAsync(fault, async () => Assert.Equal("edited", (await new EditMessages(store, TimeProvider.System).EditAsync("t", "a", message => message with { Content = MessageContent.FromText("edited") }, Token)).Content.Text));
        await OnceAsync(fault, async () => Assert.Equal("new", (await new EditThreads(store, TimeProvider.System).EditAsync("u", thread => thread with { Title = "new" }, null, Token)).Title));
        await OnceAsync(fault, async () => Assert.NotNull(await store.CloneThreadAsync(new ThreadClone("t", "c", null, null, DateTimeOffset.UnixEpoch), Token)));
        await OnceAsync(fault, async () => Assert.True(await new UpstashKeyStore(Test.Services).AddAsync(new AccessKey { Id = "k", Hash = "", Grant = AccessGrant.Everything, CreatedAt = DateTimeOffset.UnixEpoch }, Token)));
        await OnceAsync(fault, async () => Assert.True(await store.PutWorkingMemoryAsync(new WorkingMemoryOwner(true, "t"), new WorkingMemoryDocument(false, "note", 5, DateTimeOffset.UnixEpoch), 0, Token)));

        Assert.Equal(["edited", "text b"], (await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30 }, Token))!.Select(message => message.Content.Text)); // as above
        Assert.Equal(2, (await store.FindMessageAsync("t", "a", Token))!.Revision); // as above
        Assert.Equal(2, (await store.FindThreadAsync("c", Token))!.MessageCount); // as above
    }

    [Theory]
    [InlineData("401", "token")]
    [InlineData("404", "address")]
    public async Task What_stays_is_said_at_once(string fault, string reason)
    {
        var store = new UpstashMessageStore(Test.Services);
        await AppendAsync(store, "t", "a");
        Test.Redis.FailWith(Upset.Of(fault));
        Test.Redis.Reset();

        foreach (var call in Calls(store))
        {
            var thrown = await Assert.ThrowsAsync<MemoryStoreException>(call);
            Assert.False(thrown.IsTransient);
            Assert.Contains(reason, thrown.Reason, StringComparison.Ordinal);
        }

        Assert.Equal(Calls(store).Count, Test.Redis.Requests);
    }

    [Theory]
    [InlineData("503")]
    [InlineData("cut")]
    [InlineData("hang")]
    public async Task An_outage_is_an_error_and_never_an_empty_conversation(string fault)
    {
        var store = new UpstashMessageStore(Test.Connect(options => (options.TimeoutSeconds, options.Retries) = (1, 1)));
        await AppendAsync(store, "t", "a");
        Test.Redis.FailWith(Upset.Of(fault));

        foreach (var call in Calls(store))
        {
            Assert.True((await Assert.ThrowsAsync<MemoryStoreException>(call)).IsTransient);
        }

        Test.Redis.Recover();
        Assert.Single((await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30 }, Token))!); // it is back
    }

    [Theory]
    [InlineData(UpstashQuota.DailyRequests)]
    [InlineData(UpstashQuota.MonthlyRequests)]
    public async Task A_used_up_quota_is_an_error_that_is_not_asked_again(UpstashQuota quota)
    {
        var store = new UpstashMessageStore(Test.Services);
        await AppendAsync(store, "t", "a");
        Test.Redis.Quota = quota;
        Test.Redis.Reset();

        var thrown = await Assert.ThrowsAsync<MemoryStoreException>(() => store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30 }, Token));

        Assert.Contains("quota", thrown.Reason, StringComparison.Ordinal);
        Assert.Equal((false, 1), (thrown.IsTransient, Test.Redis.Requests));
    }

    [Fact]
    public async Task A_token_that_only_reads_is_explained()
    {
        var store = new UpstashMessageStore(Test.Connect(options => options.Token = "reader"));
        var thrown = await Assert.ThrowsAsync<MemoryStoreException>(() => AppendAsync(store, "t", "a"));
        Assert.Contains("standard one", thrown.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_key_locking_nothing_is_declared_to_be_locked()
    {
        // A plain Redis behind the protocol refuses the flag.
        var store = new UpstashMessageStore(Test.Connect(options => options.AllowKeyLocking = false));
        Assert.Single((await AppendAsync(store, "t", "a")).Messages);
    }

    [Fact]
    public async Task A_message_larger_than_the_plan_allows_is_refused_and_nothing_is_written()
    {
        await using var small = await TestServices.StartAsync(redis: options => options with { MaxCommandBytes = 100_000 });
        var store = new UpstashMessageStore(small.Services);
        await AppendAsync(store, "t", "a");
        var append = new AppendMessages(store, TimeProvider.System);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => store.AppendAsync(
            append.Prepare("t", new AppendRequest { ResourceId = "r", Messages = [Drafts.Message("small", "text"), Drafts.Message("large", new string('x', 200_000))] }), Token));

        Assert.Equal(ErrorCode.PayloadTooLarge, refused.Code);
        refused = await Assert.ThrowsAsync<RefusedException>(() => new EditMessages(store, TimeProvider.System).EditAsync(
            "t", "a", message => message with { Content = MessageContent.FromText(new string('x', 200_000)) }, Token));
        Assert.Equal(ErrorCode.PayloadTooLarge, refused.Code);
        Assert.Single((await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30 }, Token))!); // the thread is there
    }

    [Fact]
    public async Task What_does_not_fit_into_one_answer_is_read_in_parts()
    {
        await using var small = await TestServices.StartAsync(change: options => options.MaxCommandBytes = 1_000_000, redis: options => options with { MaxCommandBytes = 1_000_000 });
        var store = new UpstashMessageStore(small.Services);
        var append = new AppendMessages(store, TimeProvider.System);
        for (var number = 1; number <= 12; number++)
        {
            await store.AppendAsync(append.Prepare("t", new AppendRequest { ResourceId = "r", Messages = [Drafts.Message($"m{number}", new string((char)('a' + number), 300_000))] }), Token);
        }

        Assert.Equal(12, (await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30 }, Token))!.Count); // the thread is there
        Assert.Equal(10, (await store.ReadAsync(new MessageRead { Ranges = [new PositionRange("t", 2, 11)] }, Token))!.Count); // as above
        Assert.Equal(12, (await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30, ResourceId = "r" }, Token))!.Count); // as above
        Assert.Null(await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30, ResourceId = "other" }, Token));
        Assert.Empty((await store.ReadAsync(new MessageRead { Ranges = [new PositionRange("t", 2, 11)], ResourceId = "other" }, Token))!); // no thread is asked for
        var index = new UpstashSearchIndex(small.Services, TimeProvider.System);
        var found = await index.SearchAndReadAsync(new SearchQuery { Scope = SearchScope.Thread("t"), Terms = ["none"], TopK = 1 }, new RecallWindow(12, 0, 0), Token);
        Assert.Equal(12, found!.Messages.Count); // as above
        List<long> positions = [];
        MessagePage? page;
        do
        {
            page = await store.PageAsync(new MessageListing("t", 100, Descending: false, positions.Count == 0 ? null : positions[^1], Filter: null), Token);
            positions.AddRange(page!.Items.Select(message => message.Position)); // as above
        }
        while (page.HasMore);
        Assert.Equal(Enumerable.Range(1, 12).Select(position => (long)position), positions);
    }

    private static IReadOnlyList<Func<Task>> Calls(UpstashMessageStore store) =>
    [
        () => AppendAsync(store, "t", "z"),
        () => store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30 }, Token),
        () => store.PageAsync(new MessageListing("t", 20, Descending: false, After: null, Filter: null), Token),
        () => store.ListThreadsAsync(new ThreadListing("r", 20, ThreadOrder.CreatedAt, Descending: false, null), Token),
        () => store.FindThreadAsync("t", Token),
        () => store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30, ResourceId = "r" }, Token),
        () => store.FindWorkingMemoryAsync(new WorkingMemoryOwner(IsThread: true, "t") { ResourceId = "r" }, Token),
        () => store.ListExpiredAsync(new ExpiryQuery(DateTimeOffset.UnixEpoch, TimeSpan.Zero, 9, After: null), Token),
        () => store.EraseResourceAsync("r", DateTimeOffset.UnixEpoch, Token),
        () => store.DeleteThreadAsync("t", null, Token),
    ];

    private static Task<AppendResult> AppendAsync(UpstashMessageStore store, string threadId, params string[] ids) => store.AppendAsync(
        new AppendMessages(store, TimeProvider.System).Prepare(threadId, new AppendRequest { ResourceId = "r", Messages = [.. ids.Select(id => Drafts.Message(id, $"text {id}"))] }), Token);

    private async Task OnceAsync(string fault, Func<Task> call)
    {
        Test.Redis.FailWith(Upset.Of(fault), 1);
        await call();
        Test.Redis.Recover();
    }
}
