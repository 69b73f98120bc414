namespace Memory.Core;

/// <summary>Where an operation stands.</summary>
public enum OperationStatus
{
    /// <summary>Accepted, and waiting for a worker or for its next attempt.</summary>
    Queued,

    /// <summary>A worker has it.</summary>
    Running,

    /// <summary>Done.</summary>
    Succeeded,

    /// <summary>Given up; it can be redriven.</summary>
    Failed,
}

/// <summary>Work accepted for later.</summary>
public sealed record Operation
{
    /// <summary>Unique among all operations.</summary>
    public required string Id { get; init; }

    /// <summary>What is to be done: <c>append</c> or <c>reembed</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The resource it works for, when the request named one.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The thread it works on; null for one that works on everything.</summary>
    public string? ThreadId { get; init; }

    /// <summary>The request; null once it has succeeded.</summary>
    public RawJson? Payload { get; init; }

    /// <summary>Where it stands.</summary>
    public OperationStatus Status { get; init; }

    /// <summary>How often a worker has taken it.</summary>
    public int Attempts { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public OperationError? Error { get; init; }

    /// <summary>What it answered, once it has succeeded; how far it is, when that takes long.</summary>
    public RawJson? Result { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Why an operation failed.</summary>
/// <param name="Code">The code a synchronous request would have been refused with.</param>
/// <param name="Message">The reason, fit to show to the caller.</param>
public sealed record OperationError(string Code, string Message);
