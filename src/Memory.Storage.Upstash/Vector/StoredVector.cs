using System.Globalization;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>One vector of a content as it lies in an index.</summary>
/// <param name="Id">Its id there.</param>
/// <param name="Content">The content.</param>
/// <param name="Role">Who speaks.</param>
/// <param name="CreatedAt">When it was said.</param>
/// <param name="Chunks">How many vectors the content has.</param>
/// <param name="Values">The vector; empty when it was not asked for.</param>
internal sealed record StoredVector(string Id, ContentVersion Content, MessageRole Role, DateTimeOffset CreatedAt, int Chunks, ReadOnlyMemory<float> Values)
{
    /// <summary>The vectors of a content.</summary>
    public static IEnumerable<StoredVector> Of(VectorEntry entry, string resourceId, int dimensions)
    {
        var (prefix, chunks) = (VectorNames.Of(entry.Content, resourceId), entry.Values.Length / dimensions);
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            yield return new StoredVector(
                string.Create(CultureInfo.InvariantCulture, $"{prefix}{chunk}"), entry.Content, entry.Role, entry.CreatedAt.ToMicroseconds(), chunks,
                entry.Values.Slice(chunk * dimensions, dimensions));
        }
    }

    /// <summary>Whether it is what a search looks for: exactly, where its filter is rounded or goes by hashes.</summary>
    public bool IsWanted(NearestQuery query) =>
        (query.ThreadId is not { } threadId || Content.ThreadId == threadId)
        && (query.Filter?.Roles is not { } roles || roles.Contains(Role))
        && (query.Filter?.From is not { } from || CreatedAt >= from)
        && (query.Filter?.To is not { } to || CreatedAt <= to);

    /// <summary>Writes it as an upsert takes it. Beside what filters look at (t, r, p and s), its metadata has what a search answers; 2 KB at most of the 48 KB that there may be.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("id", Id);
        writer.WriteStartArray("vector");
        foreach (var value in Values.Span)
        {
            writer.WriteNumberValue(value); // the shortest text that reads back as the same number
        }

        writer.WriteEndArray();
        writer.WriteStartObject("metadata");
        writer.WriteString("t", Id.AsSpan(0, VectorNames.HashLength));
        writer.WriteString("r", Id.AsSpan(3 * (VectorNames.HashLength + 1), VectorNames.HashLength));
        writer.WriteString("p", Role.Name());
        writer.WriteNumber("s", VectorFilterText.Milliseconds(CreatedAt));
        writer.WriteString("thread", Content.ThreadId);
        writer.WriteString("message", Content.MessageId);
        writer.WriteString("revision", Packed.Number(Content.Revision)); // text, as numbers may become doubles on their way
        writer.WriteString("fingerprint", Content.Fingerprint);
        writer.WriteString("at", Packed.Number(CreatedAt.ToUnixMicroseconds()));
        writer.WriteNumber("chunks", Chunks);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Reads an answer's item; null when it is none of ours.</summary>
    public static StoredVector? Read(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("metadata", out var metadata) || metadata.ValueKind != JsonValueKind.Object
            || !MessageRoles.TryParse(Text(metadata, "p"), out var role) || Text(item, "id") is not { Length: > 4 * (VectorNames.HashLength + 1) } id || Text(metadata, "thread") is not { } threadId
            || Text(metadata, "message") is not { } messageId || Text(metadata, "fingerprint") is not { } fingerprint
            || !long.TryParse(Text(metadata, "revision"), CultureInfo.InvariantCulture, out var revision) || !long.TryParse(Text(metadata, "at"), CultureInfo.InvariantCulture, out var at)
            || !metadata.TryGetProperty("chunks", out var chunks))
        {
            return null;
        }

        var values = item.TryGetProperty("vector", out var vector) && vector.ValueKind == JsonValueKind.Array ? vector.EnumerateArray().Select(value => value.GetSingle()).ToArray() : [];
        return new StoredVector(id, new ContentVersion(threadId, messageId, revision, fingerprint), role, Timestamps.FromUnixMicroseconds(at), (int)chunks.GetDouble(), values);
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
