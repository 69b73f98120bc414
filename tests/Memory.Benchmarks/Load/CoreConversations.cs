using Memory.Core;
using Memory.Storage.LibSql;

namespace Memory.Benchmarks.Load;

/// <summary>A LibSQL file through Core's use cases, in this process.</summary>
internal sealed class CoreConversations : IConversations
{
    /// <summary>Whose conversations all of them are.</summary>
    public const string ResourceId = "bench";

    private readonly LibSqlDatabase database;
    private readonly LibSqlMessageStore store;
    private readonly AppendMessages append;
    private readonly RecallMessages recall;

    /// <summary>Opens a file, making it if need be.</summary>
    public CoreConversations(string file)
    {
        database = LibSqlDatabase.Open(new LibSqlOptions { Url = $"file:{file}" });
        store = new LibSqlMessageStore(database);
        append = new AppendMessages(store, TimeProvider.System);
        recall = new RecallMessages(store, new LibSqlSearchIndex(database), TimeProvider.System);
    }

    /// <inheritdoc/>
    public Task AppendAsync(string threadId, IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        append.AppendAsync(append.Prepare(threadId, Request(texts)), cancellationToken);

    /// <inheritdoc/>
    public async Task<int> LastAsync(string threadId, int count, CancellationToken cancellationToken) =>
        (await store.ReadAsync(new MessageRead { ThreadId = threadId, Last = count }, cancellationToken))?.Count ?? 0;

    /// <inheritdoc/>
    public async Task<int> ThreadsAsync(int count, CancellationToken cancellationToken) =>
        (await store.ListThreadsAsync(new ThreadListing(ResourceId, count, ThreadOrder.CreatedAt, Descending: true, null), cancellationToken)).Items.Count;

    /// <inheritdoc/>
    public async Task<int> RecallAsync(string threadId, bool wholeResource, string query, CancellationToken cancellationToken)
    {
        var scope = wholeResource ? SearchScope.Resource(ResourceId) : SearchScope.Thread(threadId);
        var result = await recall.RecallAsync(new RecallQuery { Scope = scope, Query = query, TopK = 3, Before = 2, After = 2 }, cancellationToken);
        return result.Messages.Count;
    }

    /// <inheritdoc/>
    public async Task<int> TurnAsync(string threadId, string text, CancellationToken cancellationToken)
    {
        var result = await recall.RecallAsync(
            new RecallQuery
            {
                Scope = SearchScope.ResourceOf(threadId),
                Append = append.Prepare(threadId, Request([text])),
                LastMessages = LastWork.Count,
                TopK = 3,
                Before = 2,
                After = 2,
            },
            cancellationToken);
        return result.Messages.Count;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => database.DisposeAsync();

    /// <summary>An append of messages of these texts; the words of a corpus need no escapes.</summary>
    public static AppendRequest Request(IReadOnlyList<string> texts) => new()
    {
        ResourceId = ResourceId,
        Messages = [.. texts.Select((text, i) => new MessageInput { Role = i % 2 == 0 ? "user" : "assistant", Content = new RawJson($"\"{text}\"") })],
    };
}
