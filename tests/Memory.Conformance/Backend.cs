using Memory.Core;

namespace Memory.Conformance;

/// <summary>An empty backend of its own for one test.</summary>
/// <param name="messages">Its messages.</param>
/// <param name="search">Its search over them.</param>
/// <param name="embeddings">Their vectors.</param>
/// <param name="operations">Its operations.</param>
/// <param name="release">Removes it.</param>
public sealed class Backend(IMessageStore messages, ISearchIndex search, IEmbeddingStore embeddings, IOperationStore operations, Func<ValueTask> release) : IAsyncDisposable
{
    public IMessageStore Messages { get; } = messages;

    public ISearchIndex Search { get; } = search;

    public IEmbeddingStore Embeddings { get; } = embeddings;

    public IOperationStore Operations { get; } = operations;

    public ValueTask DisposeAsync() => release();
}
