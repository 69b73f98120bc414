using Memory.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Memory.Conformance;

/// <summary>An empty backend of its own for one test.</summary>
/// <param name="messages">Its messages.</param>
/// <param name="search">Its search over them.</param>
/// <param name="embeddings">Their vectors.</param>
/// <param name="operations">Its operations.</param>
/// <param name="release">Removes it.</param>
/// <param name="archive">Its threads, whole.</param>
/// <param name="keys">Its access keys.</param>
public sealed class Backend(
    IMessageStore messages, ISearchIndex search, IEmbeddingStore embeddings, IOperationStore operations, Func<ValueTask> release, IArchive archive, IKeyStore keys) : IAsyncDisposable
{
    public IMessageStore Messages { get; } = messages;

    public ISearchIndex Search { get; } = search;

    public IEmbeddingStore Embeddings { get; } = embeddings;

    public IOperationStore Operations { get; } = operations;

    public IArchive Archive { get; } = archive;

    public IKeyStore Keys { get; } = keys;

    /// <summary>This backend's messages with their vectors in another one, which is removed with it.</summary>
    public Backend WithVectorsIn(IVectorIndex vectors, Func<ValueTask> releaseVectors)
    {
        var owners = new ThreadOwners(Messages, TimeProvider.System);
        var embeddings = new SplitEmbeddingStore(Messages, Embeddings, vectors, owners);
        return new Backend(
            new SplitMessageStore(Messages, Archive, vectors, embeddings, owners, NullLogger<SplitMessageStore>.Instance),
            new SplitSearchIndex(Search, vectors, owners), embeddings, Operations,
            async () =>
            {
                await DisposeAsync();
                await releaseVectors();
            },
            new SplitArchive(Archive, vectors, Embeddings, owners, NullLogger<SplitArchive>.Instance), Keys);
    }

    public ValueTask DisposeAsync() => release();
}
