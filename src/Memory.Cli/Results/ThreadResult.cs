using Memory.Core;

namespace Memory.Cli;

/// <summary>A thread.</summary>
internal sealed record ThreadResult(
    string Id, string ResourceId, string? Title, RawJson? Metadata, long? TtlSeconds, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long LastPosition, long MessageCount)
{
    public static ThreadResult From(ThreadRecord thread) => new(
        thread.Id, thread.ResourceId, thread.Title, thread.Metadata, (long?)thread.TimeToLive?.TotalSeconds, thread.CreatedAt, thread.UpdatedAt, thread.LastPosition, thread.MessageCount);
}

/// <summary>A thread that was deleted.</summary>
internal sealed record DeletedResult(string ThreadId, long Messages);
