using Memory.Core;

namespace Memory.Cli;

/// <summary>A message; after a recall with why it is there.</summary>
internal sealed record MessageResult(
    string Id, string ThreadId, long Position, string Role, string? Name, RawJson Content, DateTimeOffset CreatedAt, RawJson? Metadata)
{
    /// <summary>How often it was edited, from 1, where that is known.</summary>
    public long? Revision { get; init; }

    /// <summary><c>recent</c>, <c>recall</c> or <c>context</c>.</summary>
    public string? Source { get; init; }

    /// <summary>Its score, when it was a hit.</summary>
    public double? Score { get; init; }

    public static MessageResult From(Message message) => new(
        message.Id, message.ThreadId, message.Position, message.Role.Name(), message.Name, message.Content.Json, message.CreatedAt, message.Metadata);
}
