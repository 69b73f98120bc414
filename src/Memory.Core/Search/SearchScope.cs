namespace Memory.Core;

/// <summary>Where a recall may look. There is no scope wider than one resource.</summary>
public sealed record SearchScope
{
    private SearchScope(string? threadId, string? resourceId, bool wholeResource) =>
        (ThreadId, ResourceId, WholeResource) = (threadId, resourceId, wholeResource);

    /// <summary>The thread that is asked, or that names the resource; null when the resource is named itself.</summary>
    public string? ThreadId { get; }

    /// <summary>The resource, when it is named itself; with a thread, the one that it must belong to, or null for any.</summary>
    public string? ResourceId { get; }

    /// <summary>True when all threads of the resource are searched.</summary>
    public bool WholeResource { get; }

    /// <summary>One thread.</summary>
    public static SearchScope Thread(ThreadAddress thread) => new(thread.Id, thread.ResourceId, false);

    /// <summary>All threads of the resource that owns a thread.</summary>
    public static SearchScope ResourceOf(ThreadAddress thread) => new(thread.Id, thread.ResourceId, true);

    /// <summary>All threads of a resource.</summary>
    public static SearchScope Resource(string resourceId) => new(null, resourceId, true);
}
