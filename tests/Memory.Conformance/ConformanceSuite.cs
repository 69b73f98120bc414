using Memory.Core;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Memory.Conformance;

/// <summary>What the suites have in common: a backend for each test, a clock that stands still, and short ways to fill the one by the other.</summary>
public abstract class ConformanceSuite : IAsyncLifetime
{
    private Backend? backend;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    protected DateTimeOffset Now => Clock.GetUtcNow();

    protected IMessageStore Store => Backend.Messages;

    protected ISearchIndex Search => Backend.Search;

    protected IEmbeddingStore Embeddings => Backend.Embeddings;

    protected IOperationStore Operations => Backend.Operations;

    protected IArchive Archive => Backend.Archive;

    protected IKeyStore Keys => Backend.Keys;

    private Backend Backend => backend ?? throw new InvalidOperationException("The backend is made before each test.");

    public async ValueTask InitializeAsync() => backend = await CreateAsync();

    public async ValueTask DisposeAsync()
    {
        await Backend.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a backend that is empty and shared with nobody.</summary>
    protected abstract Task<Backend> CreateAsync();

    protected AppendBatch Batch(string threadId, string? resourceId, params IReadOnlyList<MessageInput> messages) =>
        new AppendMessages(Store, Clock).Prepare(threadId, new AppendRequest { ResourceId = resourceId, Messages = messages });

    protected Task<AppendResult> AppendAsync(string threadId, string? resourceId, params IReadOnlyList<MessageInput> messages) =>
        Store.AppendAsync(Batch(threadId, resourceId, messages), Token);

    protected async Task<Message> EditAsync(string threadId, string messageId, string text)
    {
        var edit = new EditMessages(Store, Clock);
        return await edit.EditAsync(threadId, messageId, message => message with { Content = MessageContent.FromText(text) }, Token);
    }

    protected Task<bool> ReplaceAsync(Message message, long revision, bool isSameText = true) =>
        Store.ReplaceMessageAsync(new MessageEdit(message, Terms: [], revision, new byte[16], Now, isSameText, EmbeddingDueAt: null), Token);

    protected async Task DeleteAsync(string threadId, string messageId) =>
        Assert.True(await Store.DeleteMessageAsync(threadId, messageId, Now, Token), $"'{messageId}' was not there to delete.");

    protected async Task<ThreadRecord> CreateThreadAsync(string threadId, string resourceId, string? title = null, string? metadata = null, TimeSpan? timeToLive = null)
    {
        var thread = Drafts.Thread(threadId, resourceId, Now, title, metadata, timeToLive);
        Assert.True(await Store.CreateThreadAsync(thread, Token), $"'{threadId}' was taken.");
        return thread;
    }

    protected async Task<ThreadRecord> ThreadAsync(string threadId) =>
        await Store.FindThreadAsync(threadId, Token) ?? throw new KeyNotFoundException($"There is no thread '{threadId}'.");

    /// <summary>Every message of a thread, as one line of text each.</summary>
    protected async Task<IReadOnlyList<string>> ContentsAsync(string threadId) =>
        [.. (await AllAsync(threadId)).Select(Drafts.Describe)];

    /// <summary>Every message of a thread.</summary>
    protected async Task<IReadOnlyList<Message>> AllAsync(string threadId)
    {
        var page = await Store.PageAsync(new MessageListing(threadId, 10_000, Descending: false, After: null, Filter: null), Token);
        return page?.Items ?? throw new KeyNotFoundException($"There is no thread '{threadId}'.");
    }

    /// <summary>Expects a call to be refused with a code.</summary>
    protected static async Task<RefusedException> RefusedAsync(ErrorCode code, Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(call);
        Assert.Equal(code, refused.Code);
        return refused;
    }
}
