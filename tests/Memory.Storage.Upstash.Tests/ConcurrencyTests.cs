using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.Upstash.Tests;

public sealed class ConcurrencyTests : IAsyncLifetime
{
    private const int Writers = 24, Appends = 20;
    private TestServices? test;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TestServices Test => test ?? throw new InvalidOperationException("The services are started before each test.");

    public async ValueTask InitializeAsync() => test = await TestServices.StartAsync();

    public ValueTask DisposeAsync() => Test.DisposeAsync();

    [Theory]
    [InlineData(true)] // the keys are known and declared
    [InlineData(false)] // the thread's head tells them
    public async Task Many_writers_each_batch_delivered_twice_leave_no_gap_and_no_double(bool namesResource)
    {
        var store = new UpstashMessageStore(Test.Services);
        var append = new AppendMessages(store, TimeProvider.System);
        await store.AppendAsync(append.Prepare("t", new AppendRequest { ResourceId = "r", Messages = [Drafts.Message("first", "text")] }), Token);

        var results = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(
            async () =>
            {
                List<(AppendResult Once, AppendResult Twice)> results = [];
                for (var number = 0; number < Appends; number++)
                {
                    var batch = append.Prepare("t", new AppendRequest { ResourceId = namesResource ? "r" : null, Messages = Drafts.Messages(2, $"w{writer}-{number}-") });
                    var both = await Task.WhenAll(store.AppendAsync(batch, Token), store.AppendAsync(batch, Token));
                    results.Add((both[0], both[1]));
                }

                return results;
            },
            Token)));

        Assert.All(results.SelectMany(list => list), pair =>
        {
            Assert.Equal(pair.Once.Messages.Select(message => message.Position), pair.Twice.Messages.Select(message => message.Position));
            Assert.Equal(pair.Once.Messages[0].Position + 1, pair.Once.Messages[1].Position);
            Assert.NotEqual(pair.Once.Messages[0].Duplicate, pair.Twice.Messages[0].Duplicate);
        });
        var page = await store.PageAsync(new MessageListing("t", 10_000, Descending: false, After: null, Filter: null), Token);
        Assert.Equal(Enumerable.Range(1, 1 + (Writers * Appends * 2)).Select(position => (long)position), page!.Items.Select(message => message.Position)); // the thread is there
    }

    [Fact]
    public async Task What_sixteen_write_at_once_is_found_by_its_words_as_one_writer_would_have_left_it()
    {
        var store = new UpstashMessageStore(Test.Services);
        var append = new AppendMessages(store, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(
            async () =>
            {
                for (var number = 0; number < 10; number++)
                {
                    await store.AppendAsync(append.Prepare($"t{writer}", new AppendRequest { ResourceId = "r", Messages = [Drafts.Message($"m{number}", $"apple {writer} pear{number}")] }), Token);
                }
            },
            Token)));

        var index = new UpstashSearchIndex(Test.Services, TimeProvider.System);
        var found = await index.SearchAsync(new SearchQuery { Scope = SearchScope.Resource("r"), Terms = ["appl"], TopK = 100 }, Token);
        Assert.Equal((160L, 100), (found!.MessagesInScope, found.Hits.Count)); // a resource is never missing
        for (var writer = 0; writer < 16; writer++)
        {
            found = await index.SearchAsync(new SearchQuery { Scope = SearchScope.Thread($"t{writer}"), Terms = LexicalEncoder.EncodeQuery("pear7"), TopK = 1 }, Token);
            Assert.Equal(8, Assert.Single(found!.Hits).Position); // the thread is there
        }
    }
}
