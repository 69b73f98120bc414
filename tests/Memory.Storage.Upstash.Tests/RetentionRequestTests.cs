using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.Upstash.Tests;

/// <summary>What calls that are held to a resource cost, what times to live and notes of erasures keep, and what the walk over expired threads asks for.</summary>
public sealed class RetentionRequestTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Then = new(2029, 5, 6, 7, 8, 9, TimeSpan.Zero);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private TestServices? test;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TestServices Test => test ?? throw new InvalidOperationException("The services are started before each test.");

    private UpstashMessageStore Store => new(Test.Services);

    private UpstashOperationStore Operations => new(Test.Services);

    public async ValueTask InitializeAsync() => test = await TestServices.StartAsync();

    public ValueTask DisposeAsync() => Test.DisposeAsync();

    [Fact]
    public async Task A_call_that_is_held_to_a_resource_is_one_request_and_at_most_a_scripts_two_commands_more()
    {
        await AppendAsync("t", "r", 60);
        await AppendAsync("u", "r", 1);
        var document = new WorkingMemoryDocument(IsJson: false, "note", 1, Then);
        List<string> costs = [];
        foreach (var resourceId in (string?[])[null, "r"])
        {
            var thread = new ThreadAddress("t", resourceId);
            var owner = new WorkingMemoryOwner(IsThread: true, "t") { ResourceId = resourceId };
            await CountAsync("last 30", async () => Assert.Equal(30, (await Store.ReadAsync(new MessageRead { ThreadId = "t", Last = 30, ResourceId = resourceId }, Token))?.Count));
            await CountAsync("page", async () => Assert.Equal(20, (await Store.PageAsync(new MessageListing(thread, 20, Descending: true, After: 40, Filter: null), Token))?.Items.Count));
            await CountAsync("find", async () => Assert.NotNull(await Store.FindMessageAsync(thread, "m7", Token)));
            await CountAsync("put document", async () => Assert.True(await Store.PutWorkingMemoryAsync(owner, document, null, Token)));
            await CountAsync("find document", async () => Assert.NotNull(await Store.FindWorkingMemoryAsync(owner, Token)));
            await CountAsync("delete document", async () => Assert.True(await Store.DeleteWorkingMemoryAsync(owner, null, Token)));
            await CountAsync("delete message", async () => Assert.True(await Store.DeleteMessageAsync(thread, resourceId is null ? "m8" : "m9", Then, Token)));
            await CountAsync("search", async () => Assert.NotNull(await new UpstashSearchIndex(Test.Services, TimeProvider.System).SearchAsync(
                new SearchQuery { Scope = SearchScope.Thread(thread), Terms = ["none"], TopK = 1 }, Token)));
            await CountAsync("append", () => AppendAsync("t", "r", 1, resourceId is null ? "once" : "waited", resourceId is null ? null : Then));
            await CountAsync("delete thread", async () => Assert.True(await Store.DeleteThreadAsync(thread with { Id = resourceId is null ? "u" : "t" }, null, Token)));
        }

        // Plain commands become a script where two of them could see different threads; the others compare what they have read anyway.
        Assert.Equal(
            "last 30 2, page 2, find 3, put document 4, find document 1, delete document 3, delete message 12, search 4, append 9, delete thread 14, "
            + "last 30 3, page 3, find 3, put document 4, find document 3, delete document 4, delete message 12, search 4, append 10, delete thread 14",
            string.Join(", ", costs));

        async Task CountAsync(string name, Func<Task> call)
        {
            Test.Redis.Reset();
            await call();
            Assert.Equal((name, 1), (name, Test.Redis.Requests));
            costs.Add($"{name} {Test.Redis.Billed}");
        }
    }

    [Fact]
    public async Task Threads_without_a_time_to_live_of_their_own_are_in_no_list_of_these()
    {
        await AppendAsync("appended", "r", 2);
        await Store.CreateThreadAsync(Drafts.Thread("created", "r", Then), Token);
        await Store.CloneThreadAsync(new ThreadClone("appended", "cloned", null, null, Then), Token);
        Assert.DoesNotContain("xt", await Test.KeysAsync());

        await Store.CreateThreadAsync(Drafts.Thread("own", "r", Then) with { TimeToLive = Hour }, Token);
        Assert.Contains("xt", await Test.KeysAsync());

        var own = await Store.FindThreadAsync("own", Token) ?? throw new KeyNotFoundException("It was just made.");
        Assert.NotNull(await Store.UpdateThreadAsync(own with { TimeToLive = null }, Token));
        Assert.DoesNotContain("xt", await Test.KeysAsync());
    }

    [Fact]
    public async Task An_append_leaves_a_threads_place_among_the_expired_ones_to_whoever_looks_there()
    {
        await Store.CreateThreadAsync(Drafts.Thread("t", "r", Then) with { TimeToLive = Hour }, Token);
        Test.Redis.Reset();
        await AppendAsync("t", "r", 1);
        Assert.Equal(9, Test.Redis.Billed); // as to any thread
        Assert.Equal(Micros(Then + Hour), await ScoreAsync("t"));

        Assert.Equal((0, null), await StepAsync(Then + Hour));
        var moved = await ScoreAsync("t");
        Assert.Equal(Micros(Then.AddMinutes(10) + Hour), moved);

        Test.Redis.Reset();
        Assert.Equal((0, null), await StepAsync(Then + Hour));
        Assert.Equal(2, Test.Redis.Billed); // not looked at again
        Assert.Equal((1, null), await StepAsync(Then.AddMinutes(10) + Hour));
    }

    [Fact]
    public async Task A_walk_takes_bounded_steps_over_resources_without_anything_to_remove()
    {
        for (var number = 0; number < 250; number++)
        {
            await Store.CreateThreadAsync(Drafts.Thread($"t{number}", $"r{number}", Then), Token);
        }

        var (steps, after) = (0, (string?)null);
        do
        {
            Test.Redis.Reset();
            var page = await Store.ListExpiredAsync(new ExpiryQuery(Then, Hour, 10, after), Token);
            Assert.Empty(page.Items);
            Assert.Equal((1, true), (Test.Redis.Requests, Test.Redis.Billed <= 102));
            (steps, after) = (steps + 1, page.Next);
        }
        while (after is not null);

        Assert.Equal(1 + 3, steps); // those with a time to live of their own, and a hundred resources each
    }

    [Fact]
    public async Task A_walk_takes_bounded_steps_over_one_resources_threads_that_are_another_times_to_keep()
    {
        for (var number = 0; number < 450; number++)
        {
            await Store.CreateThreadAsync(Drafts.Thread($"own{number}", "r", Then) with { TimeToLive = TimeSpan.FromDays(9) }, Token);
        }

        await Store.CreateThreadAsync(Drafts.Thread("zz", "r", Then), Token);
        List<string> found = [];
        var (steps, after) = (0, (string?)null);
        do
        {
            Test.Redis.Reset();
            var page = await Store.ListExpiredAsync(new ExpiryQuery(Then + Hour, Hour, 10, after), Token);
            Assert.Equal((1, true), (Test.Redis.Requests, Test.Redis.Billed < 20));
            found.AddRange(page.Items.Select(thread => thread.Id));
            (steps, after) = (steps + 1, page.Next);
        }
        while (after is not null);

        Assert.Equal(["zz"], found);
        Assert.Equal(1 + 3, steps); // as above, and two hundred threads each
    }

    [Fact]
    public async Task An_erasure_leaves_its_note_and_nothing_else()
    {
        await Operations.AcceptAsync(Drafts.Operation("early", Then, "t1", resourceId: null), Token);
        for (var number = 0; number < 45; number++)
        {
            await Store.CreateThreadAsync(Drafts.Thread($"t{number}", "r", Then) with { TimeToLive = Hour }, Token);
            await AppendAsync($"t{number}", "r", 2);
            await Store.PutWorkingMemoryAsync(new WorkingMemoryOwner(IsThread: true, $"t{number}"), new WorkingMemoryDocument(IsJson: false, "note", 1, Then), null, Token);
        }

        await Operations.AcceptAsync(Drafts.Operation("late", Then, "t2", resourceId: "r"), Token);
        Test.Redis.Reset();
        Assert.Equal(new ErasedCounts(45, 90, 45, 2, 0), await Store.EraseResourceAsync("r", Then, Token));
        Assert.Equal(6, Test.Redis.Requests); // the note, twenty threads each, the rest, and the last look

        Assert.Empty(await Operations.ClaimAsync(9, Hour, Then, Token)); // drops what is left of the operations
        Assert.Equal(["er", "on"], await Test.KeysAsync());
    }

    [Fact]
    public async Task Whatever_is_left_of_a_removed_thread_is_found_and_counted()
    {
        await AppendAsync("t", "r", 3);
        await RunAsync("ZADD", $"{Test.Prefix}:xt", "1", "t"); // as no call leaves it

        Assert.Equal(1, (await Store.EraseResourceAsync("r", Then, Token)).Leftovers);
    }

    [Fact]
    public async Task Operations_of_a_thread_to_come_are_listed_until_they_go()
    {
        foreach (var id in (string[])["purged", "removed"])
        {
            await Operations.AcceptAsync(Drafts.Operation(id, Then, "t", resourceId: null), Token);
        }

        Assert.Contains("ot:t", await Test.KeysAsync());
        Assert.True(await Operations.RemoveAsync("removed", Token));
        await Operations.ClaimAsync(9, Hour, Then, Token);
        await Operations.CompleteAsync("purged", 1, new RawJson("1"), Then, Token);
        Assert.Contains("ot:t", await Test.KeysAsync());

        Assert.Equal(1, await Operations.PurgeAsync(Then + Hour, 9, Token));
        Assert.Equal(["on"], await Test.KeysAsync());
    }

    private static long Micros(DateTimeOffset time) => time.ToUnixMicroseconds();

    private async Task AppendAsync(string threadId, string resourceId, int count, string prefix = "m", DateTimeOffset? acceptedAt = null)
    {
        var append = new AppendMessages(Store, TimeProvider.System);
        await Store.AppendAsync(append.Prepare(threadId, new AppendRequest { ResourceId = resourceId, Messages = Drafts.Messages(count, prefix) }) with { AcceptedAt = acceptedAt, Now = Then.AddMinutes(10) }, Token);
    }

    private async Task<(int Count, string? Next)> StepAsync(DateTimeOffset now)
    {
        var page = await Store.ListExpiredAsync(new ExpiryQuery(now, TimeToLive: null, 10, After: null), Token);
        return (page.Items.Count, page.Next);
    }

    private Task<long> ScoreAsync(string threadId) => Test.Services.Redis.CommandAsync("look at a test", ["ZSCORE", $"{Test.Prefix}:xt", threadId], Rows.Number, Token);

    private Task RunAsync(params string[] command) => Test.Services.Redis.CommandAsync("prepare a test", command, _ => 0, Token);
}
