using System.Text.Json;

namespace Memory.Core;

/// <summary>What stands on the queue of embeddings, as base64 of JSON: a wake-up, which says nothing but that it is there and whose trace it belongs to.</summary>
public sealed record EmbeddingMessage
{
    /// <summary>The version of the schema.</summary>
    public required int Version { get; init; }

    /// <summary>The span that announced it, as a W3C <c>traceparent</c>; null when it was not recorded.</summary>
    public string? Traceparent { get; init; }

    /// <summary>A wake-up with the trace that runs here, as it stands on the queue.</summary>
    public static string Announce() => Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(
        new EmbeddingMessage { Version = OperationMessage.CurrentVersion, Traceparent = TraceParent.Current }, CoreJson.Default.EmbeddingMessage));

    /// <summary>The trace that a wake-up belongs to; null for none, and for whatever else stands on the queue.</summary>
    public static string? FindTraceparent(string text)
    {
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(bytes.AsSpan(0, length), CoreJson.Default.EmbeddingMessage)?.Traceparent;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
