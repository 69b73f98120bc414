using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Memory.Core;

namespace Memory.Queues;

/// <summary>What stands on the poison queue, as base64 of JSON: why work was given up, and what a redrive needs to have it done after all.</summary>
public sealed record PoisonMessage
{
    /// <summary>The version of this schema.</summary>
    public required int PoisonVersion { get; init; }

    /// <summary>The code that the API would have answered.</summary>
    public required string Code { get; init; }

    /// <summary>Why it was given up.</summary>
    public required string Reason { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset FailedAt { get; init; }

    /// <summary>How often it was tried.</summary>
    public required long Attempts { get; init; }

    /// <summary>The operation, if it became one: <c>GET /v1/operations/{id}</c> tells more, and the store holds its request.</summary>
    public string? OperationId { get; init; }

    /// <summary>The id that the message had on its queue.</summary>
    public string? MessageId { get; init; }

    /// <summary>What the message said, decoded.</summary>
    public string? Body { get; init; }

    /// <summary>The message as it stood on the queue, when it was not base64 of UTF-8.</summary>
    public string? Text { get; init; }

    /// <summary>The id of the message on the poison queue that is the original itself, when it was too large to be wrapped.</summary>
    public string? BodyIn { get; init; }

    /// <summary>The message as it stood on its queue; null when that was only the announcement of an operation, or stands by itself.</summary>
    internal string? Original => Text ?? (Body is null ? null : Encode(Encoding.UTF8.GetBytes(Body)));

    internal static PoisonMessage Of(GivenUp givenUp, DateTimeOffset now) => new()
    {
        PoisonVersion = 1,
        Code = givenUp.Error.Code,
        Reason = givenUp.Error.Message,
        FailedAt = now,
        Attempts = givenUp.Attempts,
        OperationId = givenUp.OperationId,
        MessageId = givenUp.MessageId,
        Body = Decode(givenUp.Text),
        Text = Decode(givenUp.Text) is null ? givenUp.Text : null,
    };

    internal static bool TryParse(string text, [NotNullWhen(true)] out PoisonMessage? message)
    {
        try
        {
            message = Decode(text) is { } json ? JsonSerializer.Deserialize(json, PoisonJson.Default.PoisonMessage) : null;
        }
        catch (JsonException)
        {
            message = null; // an original, put here as it was by the host or for its size
        }

        return message is not null;
    }

    internal string ToText() => Encode(JsonSerializer.SerializeToUtf8Bytes(this, PoisonJson.Default.PoisonMessage));

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes);

    private static string? Decode(string? text)
    {
        var bytes = new byte[text?.Length ?? 0];
        return text is not null && Convert.TryFromBase64String(text, bytes, out var length) && Utf8.IsValid(bytes.AsSpan(0, length))
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : null;
    }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNameCaseInsensitive = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(TimestampConverter)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PoisonMessage))]
internal sealed partial class PoisonJson : JsonSerializerContext;
