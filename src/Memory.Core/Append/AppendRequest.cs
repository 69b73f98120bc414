using System.Text.Json;
using System.Text.Json.Serialization;

namespace Memory.Core;

/// <summary>An append as JSON: the body of the HTTP request, and what an operation keeps until it is worked off.</summary>
public sealed record AppendRequest
{
    /// <summary>The thread's resource; needed when the thread may not exist yet.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The thread's last position as the caller knows it.</summary>
    public long? ExpectedPosition { get; init; }

    /// <summary>1 to 1,000 messages in order.</summary>
    public required IReadOnlyList<MessageInput> Messages { get; init; }
}

/// <summary>One message of an append as JSON.</summary>
public sealed record MessageInput
{
    /// <summary>Unique within the thread; made up when absent.</summary>
    public string? Id { get; init; }

    /// <summary>system, developer, user, assistant or tool.</summary>
    public required string Role { get; init; }

    /// <summary>The speaker's name.</summary>
    public string? Name { get; init; }

    /// <summary>A string, or an array of parts.</summary>
    public required RawJson Content { get; init; }

    /// <summary>RFC 3339 with Z or an offset; the time of the append when absent.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>Any JSON object.</summary>
    public RawJson? Metadata { get; init; }
}

/// <summary>JSON that Core itself reads and writes; strict, since it came from a caller.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNameCaseInsensitive = false,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    Converters = [typeof(TimestampConverter)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AppendRequest))]
[JsonSerializable(typeof(AppendResult))]
[JsonSerializable(typeof(EmbeddingMessage))]
[JsonSerializable(typeof(KeptAppend))]
[JsonSerializable(typeof(OperationMessage))]
[JsonSerializable(typeof(ReembedProgress))]
[JsonSerializable(typeof(GrantDocument))]
public sealed partial class CoreJson : JsonSerializerContext;
