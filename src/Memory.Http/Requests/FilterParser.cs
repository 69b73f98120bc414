using System.Text.Json;
using Memory.Core;

namespace Memory.Http;

/// <summary>Reads the filter of a recall.</summary>
internal static class FilterParser
{
    public static MessageFilter Parse(FilterRequest request, string path, FieldErrors errors) => new()
    {
        Roles = request.Role is null ? null : Roles(request.Role, $"{path}.role", errors),
        From = errors.Time($"{path}.from", request.From),
        To = errors.Time($"{path}.to", request.To),
        Metadata = request.Metadata is null ? [] : Conditions(request.Metadata, $"{path}.metadata", errors),
    };

    /// <summary>Reads role names; an unknown one is an error at the path.</summary>
    public static IReadOnlyCollection<MessageRole> Roles(IEnumerable<string?> names, string path, FieldErrors errors)
    {
        HashSet<MessageRole> roles = [];
        var isEmpty = true;
        foreach (var name in names)
        {
            isEmpty = false;
            if (MessageRoles.TryParse(name, out var role))
            {
                roles.Add(role);
            }
            else
            {
                errors.Add(path, $"must be one or more of {MessageRoles.List}");
            }
        }

        if (isEmpty)
        {
            errors.Add(path, $"must be one or more of {MessageRoles.List}");
        }

        return roles;
    }

    private static IReadOnlyCollection<MessageRole> Roles(RawJson json, string path, FieldErrors errors)
    {
        using var document = json.Parse();
        var value = document.RootElement;
        var names = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(Text)] : new[] { Text(value) };
        return Roles(names, path, errors);

        static string? Text(JsonElement item) => item.ValueKind == JsonValueKind.String ? item.ToString() : null;
    }

    private static List<MetadataCondition> Conditions(RawJson json, string path, FieldErrors errors)
    {
        List<MetadataCondition> conditions = [];
        using var document = json.Parse();
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            errors.Add(path, "must be an object");
            return conditions;
        }

        foreach (var member in document.RootElement.EnumerateObject())
        {
            conditions.Add(Condition(member.Name, member.Value, $"{path}.{member.Name}", errors));
        }

        return conditions;
    }

    private static MetadataCondition Condition(string key, JsonElement value, string path, FieldErrors errors)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return new MetadataCondition(key, [value.Clone()], []);
        }

        List<JsonElement>? anyOf = null;
        List<MetadataBound> bounds = [];
        foreach (var part in value.EnumerateObject())
        {
            switch (part.Name)
            {
                case "in" when part.Value.ValueKind == JsonValueKind.Array:
                    anyOf = [.. part.Value.EnumerateArray().Select(item => item.Clone())];
                    break;
                case "gt" or "gte" or "lt" or "lte" when part.Value.ValueKind is JsonValueKind.Number or JsonValueKind.String:
                    bounds.Add(new MetadataBound(part.Name[0] == 'g', part.Name.Length == 3, part.Value.Clone()));
                    break;
                default:
                    errors.Add($"{path}.{part.Name}", "must be in (an array), gt, gte, lt or lte (a number or a string)");
                    break;
            }
        }

        if (anyOf is null && bounds.Count == 0)
        {
            errors.Add(path, "must be a value, {\"in\": […]} or bounds such as {\"gte\": 1}");
        }

        return new MetadataCondition(key, anyOf, bounds);
    }
}
