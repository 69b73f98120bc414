using System.Text.Json;
using System.Text.Json.Serialization;
using Memory.Core;

namespace Memory.Storage.Postgres;

/// <summary>Metadata in forms that PostgreSQL can look into.</summary>
internal static class MetadataText
{
    /// <summary>
    /// What stands for metadata that <c>jsonb</c> does not take: it knows neither halves of surrogate pairs nor U+0000, which are replaced by U+FFFD. Null when the text itself will do.
    /// </summary>
    public static string? Plain(RawJson? metadata)
    {
        if (metadata is null || !(metadata.Text.Contains("\\u0000", StringComparison.Ordinal) || metadata.Text.Contains("\\ud", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        using var document = metadata.Parse();
        return Plain(JsonSerializer.Serialize(document.RootElement, PostgresJson.Default.JsonElement));
    }

    /// <summary>Conditions as the search function takes them.</summary>
    public static string? Conditions(MessageFilter? filter) => filter is not { Metadata.Count: > 0 }
        ? null
        : Plain(JsonSerializer.Serialize(
            filter.Metadata.Select(condition => new ConditionJson(
                condition.Key, condition.AnyOf, condition.Bounds.Select(bound => new BoundJson(bound.Above, bound.Inclusive, bound.Limit)))),
            PostgresJson.Default.IEnumerableConditionJson));

    // Written by the serializer, which escapes a backslash as two: "\\u0000" in a text is not taken for U+0000.
    private static string Plain(string json) => json.Replace("\\\\", "\\u005C", StringComparison.Ordinal).Replace("\\u0000", "\\uFFFD", StringComparison.Ordinal);
}

/// <summary>A condition on metadata as JSON.</summary>
internal sealed record ConditionJson(string Key, IEnumerable<JsonElement>? Any, IEnumerable<BoundJson> Bounds);

/// <summary>One end of a range as JSON.</summary>
internal sealed record BoundJson(bool Above, bool Inclusive, JsonElement Limit);

/// <summary>JSON that is passed to PostgreSQL as a parameter.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IEnumerable<ConditionJson>))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class PostgresJson : JsonSerializerContext;
