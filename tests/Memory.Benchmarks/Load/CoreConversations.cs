using Memory.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Memory.Benchmarks.Load;

/// <summary>A store through Core's use cases, in this process; with vectors, an append embeds its messages before it is answered.</summary>
internal sealed class CoreConversations : IConversations
{
    /// <summary>Whose conversations all of them are.</summary>
    public const string ResourceId = "bench";

    private readonly bool withVectors;
    private readonly OpenStore open;
    private readonly EmbedMessages? embed;
    private readonly IMessageStore store;
    private readonly AppendMessages append;
    private readonly RecallMessages recall;
    private readonly EditMessages edit;

    /// <summary>Takes over an open store, and closes it.</summary>
    /// <param name="open">The store.</param>
    /// <param name="withVectors">Whether there is an embedder.</param>
    /// <param name="weights">How much words and vectors count in a recall; the product's own when null.</param>
    public CoreConversations(OpenStore open, bool withVectors = false, FusionWeights? weights = null)
    {
        (this.open, this.withVectors, store) = (open, withVectors, open.Messages);
        embed = withVectors
            ? new EmbedMessages(
                HashEmbedder.Embedder, open.Embeddings, new NoWorker(), new EmbeddingOptions { Mode = EmbeddingMode.Inline },
                TimeProvider.System, NullLogger<EmbedMessages>.Instance)
            : null;
        append = new AppendMessages(store, TimeProvider.System, embed);
        recall = new RecallMessages(store, open.Index, TimeProvider.System, embed, weights);
        edit = new EditMessages(store, TimeProvider.System, embed);
    }

    /// <inheritdoc/>
    public async Task AppendAsync(string threadId, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var result = await append.AppendAsync(append.Prepare(threadId, Request(texts)), cancellationToken);
        if (withVectors && result.PendingEmbeddings > 0)
        {
            throw new InvalidOperationException($"An append left {result.PendingEmbeddings} messages without their vectors; a figure for it would mean nothing.");
        }
    }

    /// <inheritdoc/>
    public async Task<int> LastAsync(string threadId, int count, CancellationToken cancellationToken) =>
        (await store.ReadAsync(new MessageRead { ThreadId = threadId, Last = count }, cancellationToken))?.Count ?? 0;

    /// <summary>Reads a page of a thread, newest first, that begins before a position, and returns how many came.</summary>
    public async Task<int> PageAsync(string threadId, long position, int count, CancellationToken cancellationToken) =>
        (await store.PageAsync(new MessageListing(threadId, count, Descending: true, After: position, null), cancellationToken))?.Items.Count ?? 0;

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

    /// <summary>Does what a host's workers do sooner or later: finds that every message has its vector, and has the store look after its indexes.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (embed is not null && (await embed.MoveAsync(cancellationToken)).Remaining is > 0 and var pending)
        {
            throw new InvalidOperationException($"{pending} messages are without their vectors; a figure for them would mean nothing.");
        }

        await (open.Upkeep?.RunAsync(cancellationToken) ?? Task.CompletedTask);
    }

    /// <summary>The ids of a thread's messages.</summary>
    public async Task<IReadOnlyList<string>> IdsAsync(string threadId, CancellationToken cancellationToken) =>
        [.. (await store.ReadAsync(new MessageRead { ThreadId = threadId, Last = ConversationWorks.ThreadLength }, cancellationToken) ?? []).Select(message => message.Id)];

    /// <summary>Gives a message another text.</summary>
    public Task EditAsync(string threadId, string messageId, string text, CancellationToken cancellationToken) =>
        edit.EditAsync(threadId, messageId, message => message with { Content = MessageContent.FromText(text) }, cancellationToken);

    /// <summary>How many messages are known to have no vector.</summary>
    public int Pending { get; init; }

    /// <summary>Deletes a message.</summary>
    public Task DeleteAsync(string threadId, string messageId, CancellationToken cancellationToken) => edit.DeleteAsync(threadId, messageId, cancellationToken);

    /// <summary>Deletes a thread, and tells whether it was there.</summary>
    public Task<bool> DeleteThreadAsync(string threadId, CancellationToken cancellationToken) => store.DeleteThreadAsync(threadId, null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => open.Database.DisposeAsync();

    /// <summary>An append of messages of these texts; the words of a corpus need no escapes.</summary>
    public static AppendRequest Request(IReadOnlyList<string> texts) => new()
    {
        ResourceId = ResourceId,
        Messages = [.. texts.Select((text, i) => new MessageInput { Role = i % 2 == 0 ? "user" : "assistant", Content = new RawJson($"\"{text}\"") })],
    };

    private async Task<RecallResult> RecallAsync(SearchScope scope, string query, CancellationToken cancellationToken)
    {
        var result = await recall.RecallAsync(new RecallQuery { Scope = scope, Query = query, TopK = 3, Before = 2, After = 2 }, cancellationToken);
        return !withVectors || (result.Explanation.Space is not null && result.PendingEmbeddings == Pending)
            ? result
            : throw new InvalidOperationException($"A recall did without vectors ({result.Explanation.DenseFailure}, {result.PendingEmbeddings} pending); a figure for it would mean nothing.");
    }

    // Nothing is left to a worker, and AppendAsync would tell.
    private sealed class NoWorker : IEmbeddingSignal
    {
        public Task AnnounceAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
