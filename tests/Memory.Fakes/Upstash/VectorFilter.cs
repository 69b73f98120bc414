using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Memory.Fakes;

/// <summary>
/// A filter over metadata. What the documentation leaves open: a field that is missing, or of another type than the literal, matches nothing, not even
/// <c>!=</c> and <c>NOT</c>, but <c>HAS NOT FIELD</c>.
/// </summary>
internal sealed class VectorFilter(Func<JsonObject, bool> matches)
{
    /// <summary>Reads a filter; an empty one matches everything.</summary>
    public static VectorFilter Parse(string text) => string.IsNullOrWhiteSpace(text) ? new(_ => true) : new VectorFilterParser(text).Parse();

    public bool Matches(JsonObject? metadata) => matches(metadata ?? []);

    /// <summary>A value in metadata: <c>a.b</c>, <c>a[0]</c>, and <c>a[#-1]</c> from the end.</summary>
    public static JsonNode? Find(JsonObject metadata, string field)
    {
        JsonNode? node = metadata;
        foreach (var part in field.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            node = (node, part) switch
            {
                (JsonArray array, ['[', .. var index, ']']) => Item(array, index),
                (JsonObject inner, _) => inner[part],
                _ => null,
            };
        }

        return node;
    }

    /// <summary>Whether a value is the literal. A boolean is 1 or 0 as well as true or false.</summary>
    public static bool IsSame(JsonNode? value, object literal) => value?.GetValueKind() switch
    {
        JsonValueKind.String => literal is string text && value.GetValue<string>() == text,
        JsonValueKind.Number => literal is double number && Number(value) == number,
        JsonValueKind.True => literal is true or 1d,
        JsonValueKind.False => literal is false or 0d,
        _ => false,
    };

    /// <summary>Whether both are strings, numbers or booleans, so that they can be told apart.</summary>
    public static bool IsComparable(JsonNode? value, object literal) => value?.GetValueKind() switch
    {
        JsonValueKind.String => literal is string,
        JsonValueKind.Number => literal is double,
        JsonValueKind.True or JsonValueKind.False => literal is bool or 0d or 1d,
        _ => false,
    };

    public static double? Number(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.Number ? double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) : null;

    private static JsonNode? Item(JsonArray array, string index)
    {
        var isFromEnd = index.StartsWith("#-", StringComparison.Ordinal);
        return int.TryParse(isFromEnd ? index[2..] : index, CultureInfo.InvariantCulture, out var at) && (isFromEnd ? array.Count - at : at) is >= 0 and var place && place < array.Count
            ? array[place]
            : null;
    }
}
