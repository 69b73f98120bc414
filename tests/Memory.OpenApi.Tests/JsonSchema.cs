using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Memory.Core;

namespace Memory.OpenApi.Tests;

/// <summary>Checks values against JSON Schema 2020-12: the keywords that the API's description uses, and no others.</summary>
internal static class JsonSchema
{
    private static readonly string[] Annotations = ["description", "default", "discriminator"];

    /// <summary>What is wrong with a value, by JSON path; empty when it is valid.</summary>
    public static List<string> Errors(JsonElement schema, JsonElement value, string path = "$")
    {
        List<string> errors = [];
        foreach (var keyword in schema.EnumerateObject().Where(keyword => !Annotations.Contains(keyword.Name)))
        {
            Check(schema, keyword, value, path, errors);
        }

        return errors;
    }

    private static void Check(JsonElement schema, JsonProperty keyword, JsonElement value, string path, List<string> errors)
    {
        switch (keyword.Name)
        {
            case "$ref":
                errors.AddRange(Errors(ApiDocument.Find(Text(keyword.Value)), value, path));
                break;
            case "allOf":
                errors.AddRange(keyword.Value.EnumerateArray().SelectMany(part => Errors(part, value, path)));
                break;
            case "oneOf":
                CheckOneOf(keyword.Value, value, path, errors);
                break;
            case "not":
                Require(Errors(keyword.Value, value, path).Count > 0, "meets what it must not");
                break;
            case "type":
                var types = keyword.Value.ValueKind == JsonValueKind.Array ? keyword.Value.EnumerateArray().Select(Text) : [Text(keyword.Value)];
                Require(types.Any(type => IsType(value, type)), $"is not of type {keyword.Value}");
                break;
            case "const":
                Require(JsonElement.DeepEquals(keyword.Value, value), $"is not {keyword.Value}");
                break;
            case "enum":
                Require(keyword.Value.EnumerateArray().Any(item => JsonElement.DeepEquals(item, value)), $"is not one of {keyword.Value}");
                break;
            default:
                CheckKind(schema, keyword, value, path, errors);
                break;
        }

        void Require(bool holds, string problem)
        {
            if (!holds)
            {
                errors.Add($"{path} {problem}");
            }
        }
    }

    private static void CheckOneOf(JsonElement choices, JsonElement value, string path, List<string> errors)
    {
        var tried = choices.EnumerateArray().Select(choice => Errors(choice, value, path)).ToList();
        if (tried.Count(found => found.Count == 0) != 1)
        {
            errors.Add($"{path} meets {tried.Count(found => found.Count == 0)} of oneOf: {string.Join("; ", tried.SelectMany(found => found))}");
        }
    }

    // Keywords about one kind of value: they say nothing of any other.
    private static void CheckKind(JsonElement schema, JsonProperty keyword, JsonElement value, string path, List<string> errors)
    {
        var (limit, kind) = (keyword.Value, value.ValueKind);
        var holds = keyword.Name switch
        {
            "minimum" => kind != JsonValueKind.Number || value.GetDouble() >= limit.GetDouble(),
            "maximum" => kind != JsonValueKind.Number || value.GetDouble() <= limit.GetDouble(),
            "minLength" => kind != JsonValueKind.String || Text(value).EnumerateRunes().Count() >= limit.GetInt32(),
            "maxLength" => kind != JsonValueKind.String || Text(value).EnumerateRunes().Count() <= limit.GetInt32(),
            "pattern" => kind != JsonValueKind.String || Regex.IsMatch(Text(value), Text(limit), RegexOptions.ECMAScript),
            "format" => IsFormat(value, Text(limit)),
            "minItems" => kind != JsonValueKind.Array || value.GetArrayLength() >= limit.GetInt32(),
            "maxItems" => kind != JsonValueKind.Array || value.GetArrayLength() <= limit.GetInt32(),
            "minProperties" => kind != JsonValueKind.Object || value.EnumerateObject().Count() >= limit.GetInt32(),
            "required" => kind != JsonValueKind.Object || limit.EnumerateArray().All(name => value.TryGetProperty(Text(name), out _)),
            "items" or "properties" or "additionalProperties" => true,
            _ => throw new NotSupportedException($"The keyword {keyword.Name} needs its check here."),
        };
        if (!holds)
        {
            errors.Add($"{path} breaks {keyword.Name} {limit}");
        }

        if (keyword.Name == "items" && kind == JsonValueKind.Array)
        {
            errors.AddRange(value.EnumerateArray().SelectMany((item, i) => Errors(limit, item, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"))));
        }
        else if (keyword.Name is "properties" or "additionalProperties" && kind == JsonValueKind.Object)
        {
            errors.AddRange(value.EnumerateObject().SelectMany(member => MemberErrors(schema, keyword, member, $"{path}.{member.Name}")));
        }
    }

    private static IEnumerable<string> MemberErrors(JsonElement schema, JsonProperty keyword, JsonProperty member, string path)
    {
        if (keyword.Name == "properties")
        {
            return keyword.Value.TryGetProperty(member.Name, out var known) ? Errors(known, member.Value, path) : [];
        }

        if (schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(member.Name, out _))
        {
            return [];
        }

        return keyword.Value.ValueKind switch
        {
            JsonValueKind.True => [],
            JsonValueKind.False => [$"{path} is not allowed"],
            _ => Errors(keyword.Value, member.Value, path),
        };
    }

    private static bool IsType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new NotSupportedException($"The type {type} needs its check here."),
    };

    private static bool IsFormat(JsonElement value, string format) => format switch
    {
        "int32" => value.ValueKind != JsonValueKind.Number || value.TryGetInt32(out _),
        "int64" => value.ValueKind != JsonValueKind.Number || value.TryGetInt64(out _),
        "double" => true,
        "date-time" => value.ValueKind != JsonValueKind.String || Timestamps.TryParseRfc3339(Text(value), out _),
        "uri" => value.ValueKind != JsonValueKind.String || Uri.IsWellFormedUriString(Text(value), UriKind.Absolute),
        "uri-reference" => value.ValueKind != JsonValueKind.String || Uri.IsWellFormedUriString(Text(value), UriKind.RelativeOrAbsolute),
        _ => throw new NotSupportedException($"The format {format} needs its check here."),
    };

    private static string Text(JsonElement value) => value.GetString()!; // a string, as the callers know
}
