using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Memory.Core;
using Memory.Http;
using Xunit;

namespace Memory.OpenApi.Tests;

/// <summary>The schemas against the records that are read and written.</summary>
public sealed class RecordTests
{
    private static readonly HashSet<Type> Read = Reachable(type => type.Name.EndsWith("Request", StringComparison.Ordinal));

    /// <summary>Every record of a request or an answer, those inside others included.</summary>
    public static TheoryData<string> Records => [.. Reachable(_ => true).Select(type => type.Name).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Records))]
    public void A_schema_has_the_properties_of_its_record(string record)
    {
        var (type, schema) = Pair(record);

        var names = schema.GetProperty("properties").EnumerateObject().Select(property => property.Name);
        Assert.Equal(Properties(type).Select(property => property.Name).Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void A_schema_requires_what_must_be_sent_or_is_always_answered(string record)
    {
        var (type, schema) = Pair(record);
        var expected = Properties(type).Where(property => Read.Contains(type) ? property.IsRequired : IsAlwaysWritten(type, property));

        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()!) : []; // names are strings
        Assert.Equal(expected.Select(property => property.Name).Order(StringComparer.Ordinal), required.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void A_schema_has_the_types_of_its_record(string record)
    {
        var (type, schema) = Pair(record);

        Assert.All(Properties(type), property =>
        {
            var described = ApiDocument.Resolve(schema.GetProperty("properties").GetProperty(property.Name));
            if (JsonTypeOf(property.PropertyType) is { } expected)
            {
                var types = described.GetProperty("type");
                Assert.Contains(expected, types.ValueKind == JsonValueKind.Array ? types.EnumerateArray().Select(item => item.GetString()) : [types.GetString()]);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void A_request_allows_no_other_properties_and_an_answer_may_grow(string record)
    {
        var (type, schema) = Pair(record);

        var isClosed = schema.TryGetProperty("additionalProperties", out var others) && others.ValueKind == JsonValueKind.False;
        Assert.Equal(Read.Contains(type), isClosed);
    }

    private static (Type Type, JsonElement Schema) Pair(string record)
    {
        // Thread describes ThreadResponse, Problem describes ProblemBody; a request keeps its name.
        string[] names = [record, record.Replace("Response", "", StringComparison.Ordinal).Replace("Body", "", StringComparison.Ordinal)];
        var found = names.Distinct().Where(name => ApiDocument.Schemas.TryGetProperty(name, out _));
        return (Reachable(_ => true).Single(type => type.Name == record), ApiDocument.Schemas.GetProperty(Assert.Single(found)));
    }

    private static HashSet<Type> Reachable(Func<Type, bool> isRoot)
    {
        HashSet<Type> all = [];
        var roots = typeof(HttpJson).GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(JsonSerializableAttribute))
            .Select(attribute => (Type)attribute.ConstructorArguments[0].Value!); // its constructor takes a type
        foreach (var root in roots.Where(isRoot))
        {
            Add(root);
        }

        return all;

        void Add(Type type)
        {
            var info = HttpJson.Default.GetTypeInfo(type);
            if (info?.ElementType is { } element)
            {
                Add(element);
            }
            else if (info?.Kind == JsonTypeInfoKind.Object && all.Add(type))
            {
                foreach (var property in info.Properties)
                {
                    Add(property.PropertyType);
                }
            }
        }
    }

    private static IList<JsonPropertyInfo> Properties(Type type) => HttpJson.Default.GetTypeInfo(type)!.Properties; // reached through the context

    // Nulls are left out unless the property says otherwise.
    private static bool IsAlwaysWritten(Type type, JsonPropertyInfo property)
    {
        var member = type.GetProperties().Single(candidate => string.Equals(candidate.Name, property.Name, StringComparison.OrdinalIgnoreCase));
        return member.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition == JsonIgnoreCondition.Never
            || new NullabilityInfoContext().Create(member).ReadState == NullabilityState.NotNull;
    }

    // Null for a value that may be of any type.
    private static string? JsonTypeOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(RawJson) => null,
        var t when t == typeof(string) || t == typeof(DateTimeOffset) => "string",
        var t when t == typeof(int) || t == typeof(long) => "integer",
        var t when t == typeof(double) => "number",
        var t when t == typeof(bool) => "boolean",
        var t when t.IsGenericType && t.Name.StartsWith("IReadOnlyDictionary", StringComparison.Ordinal) => "object",
        var t when t.IsAssignableTo(typeof(IEnumerable)) => "array",
        _ => "object",
    };
}
