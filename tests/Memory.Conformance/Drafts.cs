using Memory.Core;

namespace Memory.Conformance;

/// <summary>Short ways to write down what a test stores.</summary>
public static class Drafts
{
    /// <summary>A message of plain text; its time is that of the append unless given.</summary>
    public static MessageInput Message(
        string? id, string text, MessageRole role = MessageRole.User, string? name = null, DateTimeOffset? createdAt = null, string? metadata = null) =>
        Raw(id, MessageContent.FromText(text).Json.Text, role, name, createdAt, metadata);

    /// <summary>A message whose content is given as JSON.</summary>
    public static MessageInput Raw(
        string? id, string json, MessageRole role = MessageRole.User, string? name = null, DateTimeOffset? createdAt = null, string? metadata = null) =>
        new()
        {
            Id = id,
            Role = role.Name(),
            Name = name,
            Content = new RawJson(json),
            CreatedAt = createdAt?.ToRfc3339(),
            Metadata = metadata is null ? null : new RawJson(metadata),
        };

    /// <summary>Messages m1, m2 … or with another prefix, each with its id as text.</summary>
    public static MessageInput[] Messages(int count, string prefix = "m") =>
        [.. Enumerable.Range(1, count).Select(number => Message($"{prefix}{number}", $"text of {prefix}{number}"))];

    /// <summary>A thread as it is created.</summary>
    public static ThreadRecord Thread(string id, string resourceId, DateTimeOffset now, string? title = null, string? metadata = null, TimeSpan? timeToLive = null) => new()
    {
        Id = id,
        ResourceId = resourceId,
        Title = title,
        Metadata = metadata is null ? null : new RawJson(metadata),
        TimeToLive = timeToLive,
        CreatedAt = now,
        UpdatedAt = now,
        Version = now.ToUnixMicroseconds(),
    };

    /// <summary>A queued append as it is accepted.</summary>
    public static Operation Operation(string id, DateTimeOffset now, string threadId = "thread", string? resourceId = "resource", string payload = """{"messages":[]}""") => new()
    {
        Id = id,
        Kind = AcceptOperations.AppendKind,
        ResourceId = resourceId,
        ThreadId = threadId,
        Payload = new RawJson(payload),
        CreatedAt = now,
        UpdatedAt = now,
    };

    /// <summary>Everything a message holds, as one line.</summary>
    public static string Describe(Message message) =>
        $"{message.ThreadId}|{message.Position}|{message.Id}|{message.Role}|{message.Name ?? "-"}|{message.Content.Json}|{message.CreatedAt:O}|{message.Metadata?.Text ?? "-"}";
}
