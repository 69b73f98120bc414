namespace Memory.Core;

/// <summary>Whose working memory: a thread's or a resource's.</summary>
/// <param name="IsThread">True for a thread.</param>
/// <param name="Id">The thread's or the resource's id.</param>
public sealed record WorkingMemoryOwner(bool IsThread, string Id)
{
    /// <summary>For a thread, whose it must be; null for any.</summary>
    public string? ResourceId { get; init; }
}

/// <summary>A small document kept per thread or resource.</summary>
/// <param name="IsJson">JSON, or else plain text.</param>
/// <param name="Text">The document.</param>
/// <param name="Version">Changes with every write; never repeats.</param>
/// <param name="UpdatedAt">When it was last written.</param>
public sealed record WorkingMemoryDocument(bool IsJson, string Text, long Version, DateTimeOffset UpdatedAt);
