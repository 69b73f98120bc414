using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.Upstash.Tests;

/// <summary>Every call is one request of so many commands, however long the thread and however many others there are.</summary>
public sealed class RoundTripTests : IAsyncLifetime
{
    private const int Others = 10_000;
    private TestServices? test;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TestServices Test => test ?? throw new InvalidOperationException("The services are started before each test.");

    private UpstashMessageStore Store => new(Test.Services);

    private AppendMessages Append => new(Store, TimeProvider.System);

    public async ValueTask InitializeAsync() => test = await TestServices.StartAsync();

    public ValueTask DisposeAsync() => Test.DisposeAsync();

    [Fact]
    public async Task A_receipt_counts_what_was_sent()
    {
        Test.Redis.Reset();
        var receipt = CostReceipt.Open();

        await Append.AppendAsync(Append.Prepare("t", new AppendRequest { ResourceId = "r", Messages = Drafts.Messages(3, "m") }), Token);
        await Store.ReadAsync(new MessageRead { ThreadId = "t", Last = 3 }, Token);

        Assert.Equal((Test.Redis.Requests, 2, 3), (receipt.Requests, receipt.Requests, receipt.Commands)); // a script, and a pipeline of two
        Assert.True(receipt.BytesSent > 300 && receipt.BytesReceived > 100, $"{receipt.BytesSent} sent, {receipt.BytesReceived} received");
        Assert.NotNull(receipt.Append);
    }

    [Fact]
    public async Task Each_call_costs_the_same_at_any_length_and_among_ten_thousand_other_threads()
    {
        var costs = new Dictionary<int, Dictionary<string, (int Requests, int Commands)>>();
        foreach (var length in (int[])[10, 1_000, 100_000])
        {
            await FillAsync($"t{length}", $"r{length}", length);
            costs[length] = await CostsAsync($"t{length}", $"r{length}");
        }

        await FillOthersAsync();
        await FillAsync("again", "again", 1_000);
        costs[0] = await CostsAsync("again", "again");

        Assert.All(costs[10].Values, cost => Assert.Equal(1, cost.Requests));
        foreach (var (length, atLength) in costs)
        {
            Assert.All(atLength, item => Assert.True(item.Value == costs[10][item.Key], $"{item.Key} costs {item.Value} at {length}, and {costs[10][item.Key]} at 10."));
        }

        // What a call is billed: EVAL and each command within, or each command of a pipeline.
        Assert.Equal(
            "append 9, append of fifty 9, repeated append 3, last 30 2, page 2, page of threads 3, find 3, recall in thread 10, recall in resource 8, edit 14, delete a message 12, "
            + "find threads 4, read a thread 5, write a thread 10, write it again 2",
            string.Join(", ", costs[10].Select(item => $"{item.Key} {item.Value.Commands}")));

        // A thread's removal goes one of two ways, each of a bounded number of commands.
        foreach (var length in (int[])[10, 1_000, 100_000])
        {
            Test.Redis.Reset();
            Assert.True(await Store.DeleteThreadAsync($"t{length}", null, Token));
            Assert.Equal((1, true), (Test.Redis.Requests, Test.Redis.Billed is > 10 and < 20));
        }
    }

    private async Task<Dictionary<string, (int Requests, int Commands)>> CostsAsync(string threadId, string resourceId)
    {
        var costs = new Dictionary<string, (int Requests, int Commands)>();
        var recall = new RecallMessages(Store, new UpstashSearchIndex(Test.Services, TimeProvider.System), TimeProvider.System);
        await CountAsync("append", () => AppendAsync(threadId, resourceId, 1, "one"));
        await CountAsync("append of fifty", () => AppendAsync(threadId, resourceId, 50, "fifty"));
        await CountAsync("repeated append", () => AppendAsync(threadId, resourceId, 1, "one"));
        await CountAsync("last 30", () => Store.ReadAsync(new MessageRead { ThreadId = threadId, Last = 30 }, Token));
        await CountAsync("page", () => Store.PageAsync(new MessageListing(threadId, 20, Descending: true, After: 40, null), Token));
        await CountAsync("page of threads", () => Store.ListThreadsAsync(new ThreadListing(resourceId, 20, ThreadOrder.UpdatedAt, Descending: true, null), Token));
        await CountAsync("find", () => Store.FindMessageAsync(threadId, "m7", Token));
        foreach (var (name, scope) in ((string, SearchScope)[])[("recall in thread", SearchScope.Thread(threadId)), ("recall in resource", SearchScope.Resource(resourceId))])
        {
            await CountAsync(name, async () =>
            {
                var found = await recall.RecallAsync(new RecallQuery { Scope = scope, Query = "needle alpha, or beta, or gamma", LastMessages = 30, TopK = 3, Before = 1, After = 1 }, Token);
                Assert.Equal(3, found.Explanation.Hits.Count);
            });
        }

        await CountAsync("edit", () => Store.ReplaceMessageAsync(
            new MessageEdit(
                new Message { ThreadId = threadId, Id = "m7", Position = 7, Role = MessageRole.User, Content = MessageContent.FromText("edited"), CreatedAt = DateTimeOffset.UnixEpoch },
                LexicalEncoder.EncodeMessage(null, "edited", DateTimeOffset.UnixEpoch).ToBytes(), 1, default, DateTimeOffset.UtcNow, IsSameText: false, null),
            Token));
        await CountAsync("delete a message", () => Store.DeleteMessageAsync(threadId, "m8", DateTimeOffset.UtcNow, Token));
        var archive = new UpstashArchive(Test.Services);
        await CountAsync("find threads", () => archive.FindThreadsAsync([threadId, "missing"], Token));
        ArchivePage? page = null;
        await CountAsync("read a thread", async () => page = await archive.ReadAsync(new ArchiveRead(threadId, 10, 50, 1 << 20, WithVectors: true), Token));
        var copy = (await Store.FindThreadAsync(threadId, Token))! with { Id = $"copy of {threadId}" }; // it is there
        var piece = new ArchivePiece { Thread = copy, Messages = page!.Messages, IsLast = true, Now = DateTimeOffset.UtcNow }; // as above
        await CountAsync("write a thread", () => archive.WriteAsync(piece, Token));
        await CountAsync("write it again", () => archive.WriteAsync(piece, Token));
        return costs;

        async Task CountAsync(string name, Func<Task> call)
        {
            Test.Redis.Reset();
            await call();
            costs[name] = (Test.Redis.Requests, Test.Redis.Billed);
        }
    }

    private Task<AppendResult> AppendAsync(string threadId, string resourceId, int count, string prefix) =>
        Append.AppendAsync(Append.Prepare(threadId, new AppendRequest { ResourceId = resourceId, Messages = Drafts.Messages(count, prefix) }), Token);

    /// <summary>A thread of a length; three of its first messages, far apart, hold rare words.</summary>
    private async Task FillAsync(string threadId, string resourceId, int length)
    {
        var rare = new Dictionary<int, string> { [1] = "needle alpha", [5] = "needle beta", [9] = "needle gamma" };
        foreach (var numbers in Enumerable.Range(1, length).Chunk(1_000))
        {
            var messages = numbers.Select(number => Drafts.Message($"m{number}", rare.GetValueOrDefault(number, $"word{number % 977} in text {number}, and word{number % 31} too"))).ToList();
            await Append.AppendAsync(Append.Prepare(threadId, new AppendRequest { ResourceId = resourceId, Messages = messages }), Token);
        }
    }

    private Task FillOthersAsync() => Parallel.ForEachAsync(
        Enumerable.Range(0, Others), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token },
        async (number, _) => await AppendAsync($"other{number}", $"owner{number % 100}", 1, "one"));
}
