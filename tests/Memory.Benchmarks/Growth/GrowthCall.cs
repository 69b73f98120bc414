using System.Globalization;
using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Growth;

/// <summary>A call that is timed at every size of a store.</summary>
/// <param name="Name">As tables and plots name it.</param>
/// <param name="Prepare">Makes ready whatever belongs to the client, given how often the call was made already; what it returns is timed, and gives how many items came.</param>
internal sealed record GrowthCall(string Name, Func<GrowingStore, int, CancellationToken, Task<Func<Task<int>>>> Prepare)
{
    private const int PageSize = 20;

    /// <summary>One message, to the last thread, or to a new one when that is full.</summary>
    public static GrowthCall Append { get; } = Ready("append of one message", (store, _, cancellationToken) => async () =>
    {
        await store.AppendAsync(cancellationToken);
        return 1;
    }) with
    {
        Adds = true,
    };

    /// <summary>Of a thread.</summary>
    public static GrowthCall Last { get; } = Ready("last 30 messages", (store, i, cancellationToken) =>
    {
        var thread = store.Thread(Spread(store, i));
        return () => store.Conversations.LastAsync(thread, LastWork.Count, cancellationToken);
    });

    /// <summary>Of the last thread, from its middle on.</summary>
    public static GrowthCall Page { get; } = Ready("page of 20 messages", (store, _, cancellationToken) =>
    {
        var (thread, middle) = (store.LastThread, store.LastThreadLength / 2);
        return () => store.Conversations.PageAsync(thread, middle + 1, PageSize, cancellationToken);
    });

    /// <summary>The resource's newest threads: twenty, or as many as there are.</summary>
    public static GrowthCall Threads { get; } = Ready("page of 20 threads", (store, _, cancellationToken) => () => store.Conversations.ThreadsAsync(ThreadsWork.Count, cancellationToken));

    /// <summary>Five words of a message, in its thread.</summary>
    public static GrowthCall RecallInThread { get; } = Recall("recall in a thread", wholeResource: false);

    /// <summary>The same, among all messages.</summary>
    public static GrowthCall RecallInResource { get; } = Recall("recall in the resource", wholeResource: true);

    /// <summary>Gives a message another text, anywhere in the store. What recalls ask for stays in it, so that they find something however many are edited.</summary>
    public static GrowthCall Edit { get; } = new("edit of one message", async (store, i, cancellationToken) =>
    {
        var message = Spread(store, i);
        var thread = store.Thread(message);
        var id = (await store.Conversations.IdsAsync(thread, cancellationToken))[store.Place(message)];
        var text = $"{store.Corpus.Query(message)} {store.Corpus.Text(store.Messages + i)}";
        return async () =>
        {
            await store.Conversations.EditAsync(thread, id, text, cancellationToken);
            return 1;
        };
    });

    /// <summary>Deletes a message that was appended for it, to threads of their own, so that the others stay as they are; every hundredth to a new one, which no earlier deletes have left anything in.</summary>
    public static GrowthCall Delete { get; } = new("delete of one message", async (store, i, cancellationToken) =>
    {
        var thread = string.Create(CultureInfo.InvariantCulture, $"to be deleted {store.Messages} {i / 100}");
        await store.Conversations.AppendAsync(thread, store.Corpus.Texts(i, 1), cancellationToken);
        var id = (await store.Conversations.IdsAsync(thread, cancellationToken))[^1];
        return async () =>
        {
            await store.Conversations.DeleteAsync(thread, id, cancellationToken);
            return 1;
        };
    });

    /// <summary>Whether the store has another message after it, so that it must not be made often in a small one.</summary>
    public bool Adds { get; private init; }

    private static GrowthCall Ready(string name, Func<GrowingStore, int, CancellationToken, Func<Task<int>>> prepare) =>
        new(name, (store, i, cancellationToken) => Task.FromResult(prepare(store, i, cancellationToken)));

    private static GrowthCall Recall(string name, bool wholeResource) => Ready(name, (store, i, cancellationToken) =>
    {
        var message = Spread(store, i);
        var (thread, query) = (store.Thread(message), store.Corpus.Query(message));
        return () => store.Conversations.RecallAsync(thread, wholeResource, query, cancellationToken);
    });

    // All over the store: 7,919 is a prime.
    private static int Spread(GrowingStore store, int i) => (int)(i * 7_919L % store.Messages);
}
