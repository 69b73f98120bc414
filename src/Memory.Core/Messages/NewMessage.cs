namespace Memory.Core;

/// <summary>A message about to be stored, with everything a store writes beside it already worked out.</summary>
public sealed record NewMessage
{
    /// <summary>Unique within the thread.</summary>
    public required string Id { get; init; }

    /// <summary>Who speaks.</summary>
    public required MessageRole Role { get; init; }

    /// <summary>The speaker's name, when there are several of a role.</summary>
    public string? Name { get; init; }

    /// <summary>What is said.</summary>
    public required MessageContent Content { get; init; }

    /// <summary>When, to the microsecond, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The caller's JSON object, or null.</summary>
    public RawJson? Metadata { get; init; }

    /// <summary>16 bytes that are equal for equal role, name, content and metadata: tells a repeated append from a conflict (<see cref="MessageFingerprint"/>).</summary>
    public required byte[] Fingerprint { get; init; }

    /// <summary>The message's own lexical terms, as <see cref="TermCounts.ToBytes"/> writes them.</summary>
    public required byte[] Terms { get; init; }
}
