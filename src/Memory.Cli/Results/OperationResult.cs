using Memory.Core;

namespace Memory.Cli;

/// <summary>An operation.</summary>
internal sealed record OperationResult(
    string Id, string Kind, string Status, int Attempts, string? ResourceId, string? ThreadId, OperationFailure? Error, RawJson? Result, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public static OperationResult From(Operation operation) => new(
        operation.Id, operation.Kind, operation.Status.ToString().ToLowerInvariant(), operation.Attempts, operation.ResourceId, operation.ThreadId,
        operation.Error is { } error ? new OperationFailure(error.Code, error.Message) : null, operation.Result, operation.CreatedAt, operation.UpdatedAt);
}

/// <summary>Why it failed.</summary>
internal sealed record OperationFailure(string Code, string Message);

/// <summary>What was put back.</summary>
/// <param name="Redriven">Operations that are queued again.</param>
/// <param name="NotFailed">Ids of no failed operation.</param>
/// <param name="Poison">Messages that left the poison queue; null without a queue.</param>
internal sealed record RedriveResult(int Redriven, IReadOnlyList<string> NotFailed, int? Poison);
