using Memory.Core;

namespace Memory.Benchmarks.Load;

/// <summary>A store of ours while it is open.</summary>
/// <param name="Messages">Conversations.</param>
/// <param name="Index">Search.</param>
/// <param name="Embeddings">Vectors.</param>
/// <param name="Archive">Threads, whole.</param>
/// <param name="Database">Closes all of them.</param>
/// <param name="Upkeep">What a host does for the store now and then; null when there is nothing to do.</param>
internal sealed record OpenStore(IMessageStore Messages, ISearchIndex Index, IEmbeddingStore Embeddings, IArchive Archive, IAsyncDisposable Database, IUpkeep? Upkeep = null);
