using System.Text.Json;

namespace Memory.Core;

/// <summary>
/// What stands on the queue of operations, as base64 of JSON: the announcement of an accepted operation, or an append from a producer that does not call the API.
/// </summary>
public sealed record OperationMessage
{
    /// <summary>The version of this schema that the service writes and reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The version of the schema.</summary>
    public required int Version { get; init; }

    /// <summary>An operation that waits; then there is nothing else but a trace.</summary>
    public string? OperationId { get; init; }

    /// <summary>The append's idempotency key; the queue's own id of the message when absent.</summary>
    public string? Id { get; init; }

    /// <summary>A resource token (<c>POST /v1/tokens</c>) that may write, where producers are asked for one; the append is then held to its resource.</summary>
    public string? Token { get; init; }

    /// <summary>The thread to append to.</summary>
    public string? ThreadId { get; init; }

    /// <summary>As in <see cref="AppendRequest"/>.</summary>
    public string? ResourceId { get; init; }

    /// <summary>As in <see cref="AppendRequest"/>.</summary>
    public long? ExpectedPosition { get; init; }

    /// <summary>As in <see cref="AppendRequest"/>.</summary>
    public IReadOnlyList<MessageInput>? Messages { get; init; }

    /// <summary>The span that sent it, as a W3C <c>traceparent</c>: its handling is then part of that trace. Whatever is none is passed over.</summary>
    public string? Traceparent { get; init; }

    /// <summary>The announcement of an operation with the trace that runs here, as it stands on the queue.</summary>
    public static string Announce(string operationId) => Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(
        new OperationMessage { Version = CurrentVersion, OperationId = operationId, Traceparent = TraceParent.Current }, CoreJson.Default.OperationMessage));
}
