using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.LibSql.Tests;

/// <summary>A thread that a server removes in several steps, and what comes between two of them.</summary>
public sealed class LongThreadTests : IAsyncLifetime
{
    private const int Length = 6_000;
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Wire wire = new();
    private LibSqlOptions options = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => options = await TestServer.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        await TestServer.RemoveAsync(options);
        wire.Dispose();
    }

    [Fact]
    public async Task What_is_appended_while_an_expired_thread_goes_stays()
    {
        var store = new LibSqlMessageStore(TestServer.Open(options));
        var stored = await FillAsync(store);

        var deleted = await DeleteBesideAsync(new ThreadCondition(UpdatedAt: stored.UpdatedAt), async () => await AppendAsync(store, Now.AddHours(1), "t", Drafts.Message("new", "words")));

        Assert.False(deleted);
        var page = await store.PageAsync(new MessageListing("t", 2 * Length, Descending: true, null, null), Token);
        Assert.Equal("new", page!.Items[0].Id); // the thread is there, and below
        Assert.Equal(page.Items.Count, (await store.FindThreadAsync("t", Token))!.MessageCount);
    }

    [Fact]
    public async Task A_thread_that_is_made_anew_while_the_old_one_goes_is_not_taken_for_it()
    {
        var store = new LibSqlMessageStore(TestServer.Open(options));
        await FillAsync(store);

        var deleted = await DeleteBesideAsync(null, async () =>
        {
            Assert.True(await store.DeleteThreadAsync("t", null, Token));
            await AppendAsync(store, Now, "t", Drafts.Message("new", "words"));
        });

        Assert.True(deleted);
        Assert.Equal(["new"], (await store.PageAsync(new MessageListing("t", 9, Descending: false, null, null), Token))!.Items.Select(message => message.Id));
    }

    [Fact]
    public async Task A_title_that_changes_while_a_thread_goes_does_not_keep_it()
    {
        var store = new LibSqlMessageStore(TestServer.Open(options));
        var stored = await FillAsync(store);

        Assert.True(await DeleteBesideAsync(new ThreadCondition(stored.Version), () => store.UpdateThreadAsync(stored with { Title = "new" }, Token)));

        Assert.Null(await store.FindThreadAsync("t", Token));
    }

    private async Task<bool> DeleteBesideAsync(ThreadCondition? condition, Func<Task> between)
    {
        await using var slow = LibSqlDatabase.Open(options, wire.Client);
        var store = new LibSqlMessageStore(slow);
        await store.CheckAsync(Token);
        wire.Delay = TimeSpan.FromSeconds(2);
        var before = wire.Requests;
        var delete = store.DeleteThreadAsync("t", condition, Token);
        while (wire.Requests < before + 2)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), Token); // the second is on its way when the first is done
        }

        await between();
        return await delete;
    }

    private static async Task<ThreadRecord> FillAsync(LibSqlMessageStore store)
    {
        for (var first = 0; first < Length; first += 1_000)
        {
            await AppendAsync(store, Now, "t", Drafts.Messages(1_000, $"f{first}-"));
        }

        return (await store.FindThreadAsync("t", Token))!; // just appended to
    }

    private static Task<AppendResult> AppendAsync(LibSqlMessageStore store, DateTimeOffset now, string threadId, params MessageInput[] messages) =>
        store.AppendAsync(new AppendMessages(store, TimeProvider.System).Prepare(threadId, new AppendRequest { ResourceId = "r", Messages = messages }) with { Now = now }, Token);
}
