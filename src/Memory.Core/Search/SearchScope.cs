namespace Memory.Core;

/// <summary>Where a recall may look. There is no scope wider than one resource.</summary>
public sealed record SearchScope
{
    private SearchScope(string? threadId, string? resourceId, bool wholeResource) =>
        (ThreadId, ResourceId, WholeResource) = (threadId, resourceId, wholeResource);

    /// <summary>The thread that is asked, or that names the resource; null when the resource is named itself.</summary>
    public string? ThreadId { get; }

    /// <summary>The resource, when it is named itself.</summary>
    public string? ResourceId { get; }

    /// <summary>True when all threads of the resource are searched.</summary>
    public bool WholeResource { get; }

    /// <summary>One thread.</summary>
    public static SearchScope Thread(string threadId) => new(threadId, null, false);

    /// <summary>All threads of the resource that owns a thread.</summary>
    public static SearchScope ResourceOf(string threadId) => new(threadId, null, true);

    /// <summary>All threads of a resource.</summary>
    public static SearchScope Resource(string resourceId) => new(null, resourceId, true);
}
