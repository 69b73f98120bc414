using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Memory.Core;

/// <summary>RFC 7396: members of the patch replace, null removes, objects merge. Of a repeated member the last counts.</summary>
public static class JsonMergePatch
{
    private static readonly JsonWriterOptions Letters = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Applies a patch to a document; a missing document counts as an empty one. Values that do not merge stay as they were written, halves of surrogate pairs aside.</summary>
    /// <param name="target">The document.</param>
    /// <param name="patch">The patch.</param>
    /// <param name="maxBytes">The largest document that may come out.</param>
    /// <returns>The new document; null when the patch is <c>null</c>.</returns>
    /// <exception cref="RefusedException"><see cref="ErrorCode.PayloadTooLarge"/>.</exception>
    public static RawJson? Apply(RawJson? target, RawJson patch, int maxBytes = int.MaxValue)
    {
        using var old = (target ?? new RawJson("null")).Parse();
        using var changes = patch.Parse();
        if (changes.RootElement.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var merged = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(merged, Letters))
        {
            Merge(writer, old.RootElement, changes.RootElement);
        }

        return merged.WrittenCount <= maxBytes
            ? new RawJson(Encoding.UTF8.GetString(merged.WrittenSpan))
            : throw new RefusedException(ErrorCode.PayloadTooLarge, $"The merged document would have {merged.WrittenCount} bytes, more than the {maxBytes} it may have.");
    }

    private static void Merge(Utf8JsonWriter writer, JsonElement? target, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object)
        {
            writer.WriteRawValue(patch.GetRawText(), skipInputValidation: true);
            return;
        }

        var members = new OrderedDictionary<string, (JsonElement? Old, JsonElement? New)>(StringComparer.Ordinal);
        if (target is { ValueKind: JsonValueKind.Object } old)
        {
            foreach (var member in old.EnumerateObject())
            {
                members[member.Name] = (member.Value, null);
            }
        }

        foreach (var change in patch.EnumerateObject())
        {
            if (change.Value.ValueKind == JsonValueKind.Null)
            {
                members.Remove(change.Name);
            }
            else
            {
                members[change.Name] = (members.TryGetValue(change.Name, out var member) ? member.Old : null, change.Value);
            }
        }

        writer.WriteStartObject();
        foreach (var (name, (before, change)) in members)
        {
            writer.WritePropertyName(name);
            if (change is { } value)
            {
                Merge(writer, before, value);
            }
            else
            {
                writer.WriteRawValue(before!.Value.GetRawText(), skipInputValidation: true); // a member is old, new or both
            }
        }

        writer.WriteEndObject();
    }
}
