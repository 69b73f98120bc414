using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Growth;

/// <summary>A call that is timed at every size of a store.</summary>
/// <param name="Name">As tables and plots name it.</param>
/// <param name="Prepare">Makes ready whatever belongs to the client, given how often the call was made already; what it returns is timed, and gives how many items came.</param>
internal sealed record GrowthCall(string Name, Func<GrowingStore, int, CancellationToken, Func<Task<int>>> Prepare)
{
    private const int PageSize = 20;

    /// <summary>One message, to the last thread, or to a new one when that is full.</summary>
    public static GrowthCall Append { get; } = new("append of one message", (store, _, cancellationToken) => async () =>
    {
        await store.AppendAsync(cancellationToken);
        return 1;
    })
    {
        Adds = true,
    };

    /// <summary>Of a thread.</summary>
    public static GrowthCall Last { get; } = new("last 30 messages", (store, i, cancellationToken) =>
    {
        var thread = store.Thread(Spread(store, i));
        return () => store.Conversations.LastAsync(thread, LastWork.Count, cancellationToken);
    });

    /// <summary>Of the last thread, from its middle on.</summary>
    public static GrowthCall Page { get; } = new("page of 20 messages", (store, _, cancellationToken) =>
    {
        var (thread, middle) = (store.LastThread, store.LastThreadLength / 2);
        return () => store.Conversations.PageAsync(thread, middle + 1, PageSize, cancellationToken);
    });

    /// <summary>The resource's newest threads: twenty, or as many as there are.</summary>
    public static GrowthCall Threads { get; } = new("page of 20 threads", (store, _, cancellationToken) => () => store.Conversations.ThreadsAsync(ThreadsWork.Count, cancellationToken));

    /// <summary>Five words of a message, in its thread.</summary>
    public static GrowthCall RecallInThread { get; } = Recall("recall in a thread", wholeResource: false);

    /// <summary>The same, among all messages.</summary>
    public static GrowthCall RecallInResource { get; } = Recall("recall in the resource", wholeResource: true);

    /// <summary>Whether the store has another message after it, so that it must not be made often in a small one.</summary>
    public bool Adds { get; private init; }

    private static GrowthCall Recall(string name, bool wholeResource) => new(name, (store, i, cancellationToken) =>
    {
        var message = Spread(store, i);
        var (thread, query) = (store.Thread(message), store.Corpus.Query(message));
        return () => store.Conversations.RecallAsync(thread, wholeResource, query, cancellationToken);
    });

    // All over the store: 7,919 is a prime.
    private static int Spread(GrowingStore store, int i) => (int)(i * 7_919L % store.Messages);
}
