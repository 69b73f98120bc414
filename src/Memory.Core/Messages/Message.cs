namespace Memory.Core;

/// <summary>A message as a store keeps it.</summary>
public sealed record Message
{
    /// <summary>The thread it belongs to.</summary>
    public required string ThreadId { get; init; }

    /// <summary>Unique within the thread.</summary>
    public required string Id { get; init; }

    /// <summary>1, 2, 3 … in the order of appending; never reused.</summary>
    public required long Position { get; init; }

    /// <summary>Who speaks.</summary>
    public required MessageRole Role { get; init; }

    /// <summary>The speaker's name, when there are several of a role.</summary>
    public string? Name { get; init; }

    /// <summary>What was said.</summary>
    public required MessageContent Content { get; init; }

    /// <summary>When it was said, to the microsecond, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The caller's JSON object, or null.</summary>
    public RawJson? Metadata { get; init; }
}
