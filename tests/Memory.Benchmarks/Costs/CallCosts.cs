using Memory.Benchmarks.Load;
using Memory.Core;

namespace Memory.Benchmarks.Costs;

/// <summary>
/// Counts what each call takes on a thread of a length: requests and bytes by the receipt that a caller can ask for, allocations by the collector. Nothing else may run in the process meanwhile.
/// </summary>
/// <param name="backend">Where.</param>
/// <param name="withVectors">Whether every message and every question has a vector of <see cref="HashEmbedder.Dimensions"/>.</param>
internal sealed class CallCosts(IBackend backend, bool withVectors)
{
    /// <summary>How often each call is counted, and half as often again before: a method is compiled for good after its thirtieth call, and what it allocates hardly changes then.</summary>
    public const int Calls = 40;

    /// <summary>The call of a whole turn.</summary>
    public const string Turn = "append, recall and last 30 in one call";

    // The least of them counts: on a busy machine the compiler may not be done when the first begins, and code that waits for it allocates more.
    private const int Batches = 4;

    private const string Thread = "thread";

    /// <summary>Runs.</summary>
    /// <param name="messages">How many the thread holds at first.</param>
    /// <param name="calls">How often each call is counted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<CallCost>> CountAsync(int messages, int calls, CancellationToken cancellationToken)
    {
        var corpus = new Corpus(messages + 10_000);
        await using var place = await backend.NewPlaceAsync(cancellationToken);
        await using var conversations = new CoreConversations(place.Open(withVectors), withVectors);
        for (var at = 0; at < messages; at += ConversationWorks.FillBatch)
        {
            await conversations.AppendAsync(Thread, corpus.Texts(at, Math.Min(ConversationWorks.FillBatch, messages - at)), cancellationToken);
        }

        var next = messages;
        return
        [
            await CountAsync("append of 1", () => conversations.AppendAsync(Thread, corpus.Texts(next++, 1), cancellationToken)),
            await CountAsync("append of 50", () => conversations.AppendAsync(Thread, corpus.Texts((next += 50) - 50, 50), cancellationToken)),
            await CountAsync("last 30", () => conversations.LastAsync(Thread, LastWork.Count, cancellationToken)),
            await CountAsync("page of threads", () => conversations.ThreadsAsync(ThreadsWork.Count, cancellationToken)),
            await CountAsync("recall in the thread", () => conversations.RecallAsync(Thread, wholeResource: false, corpus.Query(next++ % messages), cancellationToken)),
            await CountAsync("recall in the resource", () => conversations.RecallAsync(Thread, wholeResource: true, corpus.Query(next++ % messages), cancellationToken)),
            await CountAsync(Turn, () => conversations.TurnAsync(Thread, corpus.Text(next++), cancellationToken)),
        ];

        Task<CallCost> CountAsync(string call, Func<Task> run) => CountCallAsync(call, messages, calls, run);
    }

    private static async Task<CallCost> CountCallAsync(string call, int messages, int calls, Func<Task> run)
    {
        for (var i = 0; i < calls * 3 / 2; i++)
        {
            await run();
        }

        var allocated = double.MaxValue;
        for (var batch = 0; batch < Batches; batch++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < calls / Batches; i++)
            {
                await run();
            }

            allocated = Math.Min(allocated, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)(calls / Batches));
        }

        var receipt = CostReceipt.Open(); // apart, since a receipt allocates too
        for (var i = 0; i < calls; i++)
        {
            await run();
        }

        return new CallCost(call, messages, (double)receipt.Requests / calls, (double)receipt.BytesSent / calls, (double)receipt.BytesReceived / calls, allocated);
    }
}
