using System.Text.Json.Serialization.Metadata;
using Memory.Core;

namespace Memory.Http;

/// <summary>Says in a caller's words what belongs at a place in a request; the serializer names the .NET type around it.</summary>
internal static class JsonPaths
{
    /// <summary>How values that are no text are described.</summary>
    public const string WholeNumber = "a whole number", Number = "a number", Truth = "true or false";

    /// <summary>What the value at a path such as <c>$.messages[0].role</c> must be.</summary>
    public static string Describe(JsonTypeInfo? root, string path)
    {
        var type = root;
        foreach (var part in path.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            var inner = char.IsAsciiDigit(part[0]) ? type?.ElementType : type?.Properties.FirstOrDefault(property => property.Name == part)?.PropertyType;
            type = inner is null ? null : root!.Options.GetTypeInfo(inner); // there is an inner type only below the root
        }

        return type is null ? "of another type" : Describe(type);
    }

    private static string Describe(JsonTypeInfo type) =>
        type.Kind == JsonTypeInfoKind.Enumerable ? "an array"
        : (Nullable.GetUnderlyingType(type.Type) ?? type.Type) switch
        {
            var t when t == typeof(string) => "a string",
            var t when t == typeof(int) || t == typeof(long) => WholeNumber,
            var t when t == typeof(double) => Number,
            var t when t == typeof(bool) => Truth,
            var t when t == typeof(RawJson) => "a JSON value",
            _ => "an object",
        };
}
