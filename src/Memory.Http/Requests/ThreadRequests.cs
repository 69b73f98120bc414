using Memory.Core;

namespace Memory.Http;

/// <summary>Body of <c>POST /v1/threads</c>.</summary>
public sealed record CreateThreadRequest
{
    /// <summary>The thread's id; made up when absent.</summary>
    public string? Id { get; init; }

    /// <summary>Whose conversation it is; required unless the caller's key or token is for one resource.</summary>
    public string? ResourceId { get; init; }

    /// <summary>A title of at most 1,000 characters.</summary>
    public string? Title { get; init; }

    /// <summary>Any JSON object.</summary>
    public RawJson? Metadata { get; init; }

    /// <summary>After how many seconds without a change the thread is removed, 60 or more; the deployment's time to live when absent.</summary>
    public long? TtlSeconds { get; init; }
}

/// <summary>Body of <c>POST /v1/threads/{threadId}/clone</c>.</summary>
public sealed record CloneThreadRequest
{
    /// <summary>The new thread's id; made up when absent.</summary>
    public string? Id { get; init; }

    /// <summary>The last position to copy; all when absent.</summary>
    public long? UpTo { get; init; }

    /// <summary>The new thread's resource; the source's when absent.</summary>
    public string? ResourceId { get; init; }
}
