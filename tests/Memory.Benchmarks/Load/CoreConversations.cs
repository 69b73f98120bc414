using Memory.Core;
using Memory.Storage.LibSql;
using Microsoft.Extensions.Logging.Abstractions;

namespace Memory.Benchmarks.Load;

/// <summary>A LibSQL file through Core's use cases, in this process; with vectors, an append embeds its messages before it is answered.</summary>
internal sealed class CoreConversations : IConversations
{
    /// <summary>Whose conversations all of them are.</summary>
    public const string ResourceId = "bench";

    // 100,000 vectors of 1,536 numbers are 614 MB.
    private const int VectorIndexMegabytes = 4_096;

    private readonly bool withVectors;
    private readonly LibSqlDatabase database;
    private readonly LibSqlMessageStore store;
    private readonly AppendMessages append;
    private readonly RecallMessages recall;

    /// <summary>Opens a file, making it if need be.</summary>
    /// <param name="file">The database.</param>
    /// <param name="withVectors">Whether there is an embedder.</param>
    /// <param name="weights">How much words and vectors count in a recall; the product's own when null.</param>
    public CoreConversations(string file, bool withVectors = false, FusionWeights? weights = null)
    {
        this.withVectors = withVectors;
        database = LibSqlDatabase.Open(new LibSqlOptions { Url = $"file:{file}", IndexCacheMegabytes = withVectors ? VectorIndexMegabytes : 0 });
        store = new LibSqlMessageStore(database);
        var embed = withVectors
            ? new EmbedMessages(
                HashEmbedder.Embedder, new LibSqlEmbeddingStore(database), new NoWorker(), new EmbeddingOptions { Mode = EmbeddingMode.Inline },
                TimeProvider.System, NullLogger<EmbedMessages>.Instance)
            : null;
        append = new AppendMessages(store, TimeProvider.System, embed);
        recall = new RecallMessages(store, new LibSqlSearchIndex(database), TimeProvider.System, embed, weights);
    }

    /// <inheritdoc/>
    public async Task AppendAsync(string threadId, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var result = await append.AppendAsync(append.Prepare(threadId, Request(texts)), cancellationToken);
        if (result.PendingEmbeddings > 0)
        {
            throw new InvalidOperationException($"An append left {result.PendingEmbeddings} messages without their vectors; a figure for it would mean nothing.");
        }
    }

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
        return (await RecallAsync(scope, query, cancellationToken)).Messages.Count;
    }

    /// <summary>The hits of the same recall over the resource, best first.</summary>
    public async Task<IReadOnlyList<SearchHit>> HitsAsync(string query, CancellationToken cancellationToken) =>
        (await RecallAsync(SearchScope.Resource(ResourceId), query, cancellationToken)).Explanation.Hits;

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

    private async Task<RecallResult> RecallAsync(SearchScope scope, string query, CancellationToken cancellationToken)
    {
        var result = await recall.RecallAsync(new RecallQuery { Scope = scope, Query = query, TopK = 3, Before = 2, After = 2 }, cancellationToken);
        return !withVectors || (result.Explanation.Space is not null && result.PendingEmbeddings == 0)
            ? result
            : throw new InvalidOperationException($"A recall did without vectors ({result.Explanation.DenseFailure}, {result.PendingEmbeddings} pending); a figure for it would mean nothing.");
    }

    // Nothing is left to a worker, and AppendAsync would tell.
    private sealed class NoWorker : IEmbeddingSignal
    {
        public Task AnnounceAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
