using System.Text.Json;
using Memory.Core;

namespace Memory.Http;

/// <summary>Reads fields of a merge patch, where null means "remove".</summary>
internal static class PatchFields
{
    /// <summary>A string or null.</summary>
    public static bool TryText(JsonElement value, string path, FieldErrors errors, out string? text)
    {
        text = null;
        if (value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        if (value.ValueKind == JsonValueKind.String && TryGetString(value, out text))
        {
            return true;
        }

        errors.Add(path, "must be a string of valid Unicode, or null");
        return false;
    }

    /// <summary>A whole number or null.</summary>
    public static bool TryNumber(JsonElement value, string path, FieldErrors errors, out long? number)
    {
        number = value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var whole) ? whole : null;
        if (number is not null || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        errors.Add(path, "must be a whole number, or null");
        return false;
    }

    /// <summary>An object or null.</summary>
    public static bool TryObject(JsonElement value, string path, FieldErrors errors, out RawJson? json)
    {
        json = value.ValueKind == JsonValueKind.Object ? new RawJson(value.GetRawText()) : null;
        if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Null)
        {
            return true;
        }

        errors.Add(path, "must be an object or null");
        return false;
    }

    /// <summary>A merged object; null when the patch removes it.</summary>
    public static RawJson? Merge(RawJson? old, RawJson? patch, int maxBytes) => patch is null ? null : JsonMergePatch.Apply(old, patch, maxBytes);

    private static bool TryGetString(JsonElement value, out string? text)
    {
        try
        {
            text = value.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            text = null; // half of a surrogate pair
            return false;
        }
    }
}
