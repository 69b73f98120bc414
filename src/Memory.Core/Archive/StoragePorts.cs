namespace Memory.Core;

/// <summary>The ports of one backend, for work that reads one and writes another.</summary>
/// <param name="Messages">Its messages.</param>
/// <param name="Archive">Its threads, whole.</param>
/// <param name="Search">Its search.</param>
/// <param name="Embeddings">Its vectors.</param>
public sealed record StoragePorts(IMessageStore Messages, IArchive Archive, ISearchIndex Search, IEmbeddingStore Embeddings);
