using Memory.Core;

namespace Memory.Cli;

/// <summary>A resource in a list.</summary>
internal sealed record ResourceResult(string Id, DateTimeOffset CreatedAt);

/// <summary>A resource and how much it holds.</summary>
internal sealed record ResourceSummary(string Id, DateTimeOffset CreatedAt, long Threads, long Messages, long PendingEmbeddings);

/// <summary>What an erasure removed.</summary>
internal sealed record ErasedResult(string ResourceId, long Threads, long Messages, long WorkingMemories, long Operations, long Leftovers)
{
    public static ErasedResult From(string resourceId, ErasedCounts counts) =>
        new(resourceId, counts.Threads, counts.Messages, counts.WorkingMemories, counts.Operations, counts.Leftovers);
}
