using Memory.Benchmarks.Growth;
using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Tests;

public sealed class GrowingStoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_grows_to_a_size_in_threads_of_a_length()
    {
        using var folder = new TemporaryFolder();
        await using var place = new LibSqlBackend(folder).NewFile();
        await using var conversations = new CoreConversations(place.Open(withVectors: false));
        var store = new GrowingStore(conversations, new Corpus(100), threadLength: 100, callers: 2);

        Assert.Null(await store.FillAsync(250, TimeSpan.FromMinutes(1), Token));
        await store.AppendAsync(Token);
        Assert.Equal((251, "thread-2", 51), (store.Messages, store.LastThread, store.LastThreadLength));
        var lengths = await Task.WhenAll(Enumerable.Range(0, 3).Select(async thread => (await conversations.IdsAsync(ConversationWorks.Thread(thread), Token)).Count));
        Assert.Equal([100, 100, 51], lengths);
    }

    [Fact]
    public async Task What_would_take_too_long_is_left_out_and_says_so()
    {
        using var folder = new TemporaryFolder();
        await using var place = new LibSqlBackend(folder).NewFile();
        await using var conversations = new CoreConversations(place.Open(withVectors: false));
        var store = new GrowingStore(conversations, new Corpus(100), threadLength: 100, callers: 1);

        Assert.Null(await store.FillAsync(100, TimeSpan.FromMinutes(1), Token));
        Assert.StartsWith("left out: 999,900 more messages", await store.FillAsync(1_000_000, TimeSpan.FromMilliseconds(1), Token), StringComparison.Ordinal);
        Assert.Equal(100, store.Messages);
    }

    [Fact]
    public async Task Recalls_find_something_when_every_message_was_edited()
    {
        using var folder = new TemporaryFolder();
        await using var place = new LibSqlBackend(folder).NewFile();
        await using var conversations = new CoreConversations(place.Open(withVectors: false));
        var store = new GrowingStore(conversations, new Corpus(1_000), threadLength: 10, callers: 1);
        await store.FillAsync(25, TimeSpan.FromMinutes(1), Token);
        GrowthCall[] calls = [GrowthCall.Edit, GrowthCall.RecallInThread, GrowthCall.RecallInResource];
        foreach (var call in calls)
        {
            for (var i = 0; i < store.Messages; i++)
            {
                var run = await call.Prepare(store, i, Token);
                Assert.True(await run() > 0, $"{call.Name} {i}");
            }
        }
    }

    [Fact]
    public void Sizes_are_powers_of_ten() => Assert.All(GrowthSet.All(50_000, withVectors: true), set => Assert.Equal([100, 1_000, 10_000], set.Sizes));

    [Theory]
    [InlineData("", true)]
    [InlineData("--backend postgres", false)]
    [InlineData("--postgres Host=here", false)]
    [InlineData("--backend upstash --redis 127.0.0.1:6379", true)]
    public void A_backend_and_where_it_is_need_each_other(string arguments, bool isFine) => Assert.Equal(isFine, GrowthCommand.Create().Parse(arguments).Errors.Count == 0);
}
