using System.Text.Json.Nodes;
using Memory.Benchmarks.Load;
using Memory.Core;

namespace Memory.Benchmarks.Upstash;

/// <summary>
/// Counts what each call costs on a thread of a length, ours and the peer's, each in services of its own, in which there is nothing else but empty threads of the same resource.
/// Every call is made once.
/// </summary>
/// <param name="redis">The Redis behind the stand-ins, as HOST:PORT.</param>
/// <param name="length">How many messages the thread holds at first.</param>
internal sealed class CostRun(string redis, int length)
{
    private const string Thread = "thread";
    private const int Threads = 1_000;

    // As many as vectors are made for: those before have words alone, which is what a long thread costs to prepare.
    private const int WithVectors = 1_000;

    // As the peer's script names them too. Those that delete come last.
    private static readonly string[] Calls =
        ["append of 1", "append of 50", "last 30", "page of 20", "page of 20 of 1,000 threads", "recall, thread", "recall, resource", "delete a message", "delete the thread"];

    private readonly Corpus corpus = new(length + 200);

    /// <summary>Counts ours.</summary>
    public async Task<IReadOnlyList<Cost>> OursAsync(CancellationToken cancellationToken)
    {
        await using var place = new UpstashPlace(await StandIns.StartAsync(redis, cancellationToken));
        var store = place.Open(withVectors: true);
        await using var words = new CoreConversations(store);
        await using var conversations = new CoreConversations(store, withVectors: true) { Pending = (length - 1) / WithVectors * WithVectors };
        for (var other = 1; other < Threads; other++)
        {
            var now = DateTimeOffset.UtcNow;
            var thread = new ThreadRecord { Id = $"other-{other}", ResourceId = CoreConversations.ResourceId, CreatedAt = now, UpdatedAt = now, Version = 1 };
            await store.Messages.CreateThreadAsync(thread, cancellationToken);
        }

        for (var at = 0; at < length; at += WithVectors)
        {
            var count = Math.Min(WithVectors, length - at);
            await (at + count < length ? words : conversations).AppendAsync(Thread, corpus.Texts(at, count), cancellationToken);
        }

        var oldest = (await conversations.IdsAsync(Thread, cancellationToken))[0];
        return await CountAsync(Cost.Ours, place.StandIns, call => call switch
        {
            "append of 1" => conversations.AppendAsync(Thread, corpus.Texts(length, 1), cancellationToken),
            "append of 50" => conversations.AppendAsync(Thread, corpus.Texts(length + 1, 50), cancellationToken),
            "last 30" => conversations.LastAsync(Thread, LastWork.Count, cancellationToken),
            "page of 20" => conversations.PageAsync(Thread, (length / 2) + 1, 20, cancellationToken),
            "page of 20 of 1,000 threads" => conversations.ThreadsAsync(ThreadsWork.Count, cancellationToken),
            "recall, thread" => conversations.RecallAsync(Thread, wholeResource: false, corpus.Query(3), cancellationToken),
            "recall, resource" => conversations.RecallAsync(Thread, wholeResource: true, corpus.Query(3), cancellationToken),
            "delete a message" => conversations.DeleteAsync(Thread, oldest, cancellationToken),
            _ => conversations.DeleteThreadAsync(Thread, cancellationToken),
        });
    }

    /// <summary>Counts the peer's.</summary>
    public async Task<IReadOnlyList<Cost>> PeersAsync(PeerWorker peer, CancellationToken cancellationToken)
    {
        await using var place = new UpstashPlace(await StandIns.StartAsync(redis, cancellationToken));
        await peer.AskAsync("begin", new JsonObject { ["place"] = place.ForPeer, ["messages"] = length, ["threads"] = Threads }, cancellationToken);
        var costs = await CountAsync(Subjects.Peer, place.StandIns, call => peer.AskAsync("call", new JsonObject { ["name"] = call, ["query"] = corpus.Query(3) }, cancellationToken));
        await peer.AskAsync("end", [], cancellationToken);
        return costs;
    }

    private async Task<IReadOnlyList<Cost>> CountAsync(string program, StandIns standIns, Func<string, Task> make)
    {
        List<Cost> costs = [];
        var (redis, vector) = (standIns.Redis, standIns.Vector);
        foreach (var call in Calls)
        {
            redis.Reset();
            vector.Reset();
            await make(call);
            costs.Add(new Cost(
                call, program, length, redis.Requests, redis.Billed, vector.Requests, vector.Billed, redis.RequestBytes + vector.RequestBytes, redis.ResponseBytes + vector.ResponseBytes));
        }

        return costs;
    }
}
