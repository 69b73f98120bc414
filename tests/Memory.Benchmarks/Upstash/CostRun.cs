using Memory.Benchmarks.Load;
using Memory.Core;

namespace Memory.Benchmarks.Upstash;

/// <summary>Counts what each call costs on a thread of a length. Its last thousand messages have vectors.</summary>
internal sealed class CostRun(StandIns standIns, int length)
{
    private readonly Instance instance = standIns.NewInstance();
    private readonly Corpus corpus = new(length + 200);
    private readonly List<Cost> costs = [];
    private readonly string thread = $"thread-{length}", resource = $"resource-{length}";

    /// <summary>Runs.</summary>
    public async Task<IReadOnlyList<Cost>> RunAsync(CancellationToken cancellationToken)
    {
        standIns.Uses(resource);
        for (var at = 0; at < length; at += 1_000)
        {
            var count = Math.Min(1_000, length - at);
            await (at + count < length ? instance.AppendWords : instance.Append).AppendAsync(Batch(at, count), cancellationToken);
        }

        await CountAsync("append of 1", () => instance.Append.AppendAsync(Batch(length, 1), cancellationToken));
        await CountAsync("append of 50", () => instance.Append.AppendAsync(Batch(length + 1, 50), cancellationToken));
        await CountAsync("last 30", () => instance.Messages.ReadAsync(new MessageRead { ThreadId = thread, Last = 30 }, cancellationToken));
        await CountAsync("page of 20", () => instance.Messages.PageAsync(new MessageListing(thread, 20, Descending: true, After: length, null), cancellationToken));
        await CountAsync("page of threads", () => instance.Messages.ListThreadsAsync(new ThreadListing(resource, 20, ThreadOrder.UpdatedAt, Descending: true, null), cancellationToken));
        await CountAsync("recall, thread", () => instance.Recall.RecallAsync(Query(SearchScope.Thread(thread)), cancellationToken));
        await CountAsync("recall, resource", () => instance.Recall.RecallAsync(Query(SearchScope.Resource(resource)), cancellationToken));
        await CountAsync("delete a message", () => instance.Messages.DeleteMessageAsync(thread, "m1", DateTimeOffset.UtcNow, cancellationToken));
        await CountAsync("delete the thread", () => instance.Messages.DeleteThreadAsync(thread, null, cancellationToken));
        return costs;
    }

    private AppendBatch Batch(int at, int count) => instance.Append.Prepare(thread, new AppendRequest
    {
        ResourceId = resource,
        Messages = [.. corpus.Texts(at, count).Select((text, i) => new MessageInput { Id = $"m{at + i}", Role = "user", Content = MessageContent.FromText(text).Json })],
    });

    private RecallQuery Query(SearchScope scope) => new() { Scope = scope, Query = corpus.Query(3), LastMessages = 30, TopK = 3, Before = 2, After = 2 };

    private async Task CountAsync(string call, Func<Task> run)
    {
        standIns.Redis.Reset();
        standIns.Vector.Reset();
        await run();
        var (redis, vector) = (standIns.Redis, standIns.Vector);
        costs.Add(new Cost(call, length, redis.Requests, redis.Billed, vector.Requests, vector.Billed, redis.RequestBytes + vector.RequestBytes, redis.ResponseBytes + vector.ResponseBytes));
    }
}
