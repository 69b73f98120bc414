using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Memory.Core;

/// <summary>A line of an archive in a file; which members it has, its type says.</summary>
internal sealed record ArchiveLine
{
    /// <summary>The version of the format.</summary>
    public const int CurrentFormat = 1;

    public required string Type { get; init; }

    // A resource.
    public int? Format { get; init; }

    public string? Id { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public EmbeddingSpace? Space { get; init; }

    // A thread.
    public ArchiveThread? Thread { get; init; }

    public long? Version { get; init; }

    // A resource or a thread.
    public ArchiveDocument? WorkingMemory { get; init; }

    // A message.
    public ArchiveMessage? Message { get; init; }

    public long? Revision { get; init; }

    public string? Fingerprint { get; init; }

    public byte[]? Vectors { get; init; }

    // The end.
    public long? Threads { get; init; }

    public long? Messages { get; init; }
}

/// <summary>A thread, as the API answers it.</summary>
internal sealed record ArchiveThread
{
    public required string Id { get; init; }

    public required string ResourceId { get; init; }

    public string? Title { get; init; }

    public RawJson? Metadata { get; init; }

    public long? TtlSeconds { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public required long LastPosition { get; init; }

    public required long MessageCount { get; init; }
}

/// <summary>A message, as the API answers it.</summary>
internal sealed record ArchiveMessage
{
    public required string Id { get; init; }

    public required string ThreadId { get; init; }

    public required long Position { get; init; }

    public required string Role { get; init; }

    public string? Name { get; init; }

    public required RawJson Content { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public RawJson? Metadata { get; init; }
}

/// <summary>A working memory document: JSON or text.</summary>
internal sealed record ArchiveDocument
{
    public RawJson? Json { get; init; }

    public string? Text { get; init; }

    public long? Version { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNameCaseInsensitive = false,
    NumberHandling = JsonNumberHandling.Strict,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    Converters = [typeof(TimestampConverter)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ArchiveLine))]
internal sealed partial class ArchiveJson : JsonSerializerContext
{
    private static ArchiveJson? lines;

    /// <summary>The context in use: beside the generated options it writes letters as letters.</summary>
    public static ArchiveJson Lines => lines ??= new ArchiveJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
