namespace Memory.Core;

/// <summary>
/// A piece of an archive, a stream of records in which each resource is followed by its threads, and each thread by its messages in order of position: what an export is made of, and
/// what an import takes.
/// </summary>
public abstract record ArchiveRecord;

/// <summary>A resource; its threads follow.</summary>
/// <param name="Resource">The resource.</param>
/// <param name="WorkingMemory">Its working memory, if any.</param>
/// <param name="Space">The space of the vectors that come with its messages; null when there are none.</param>
public sealed record ArchivedResource(ResourceRecord Resource, WorkingMemoryDocument? WorkingMemory, EmbeddingSpace? Space) : ArchiveRecord;

/// <summary>A thread; its messages follow.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="WorkingMemory">Its working memory, if any.</param>
public sealed record ArchivedThread(ThreadRecord Thread, WorkingMemoryDocument? WorkingMemory) : ArchiveRecord;

/// <summary>The end: an archive without it was cut short.</summary>
/// <param name="Threads">How many threads there were.</param>
/// <param name="Messages">How many messages.</param>
public sealed record ArchiveEnd(long Threads, long Messages) : ArchiveRecord;
