using System.Text.Json;
using Memory.Http;

namespace Memory.OpenApi.Tests;

/// <summary>The API's description as it is embedded and served.</summary>
internal static class ApiDocument
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];

    public static string Text { get; } = Read();

    public static JsonElement Root { get; } = JsonElement.Parse(Text);

    public static JsonElement Schemas { get; } = Root.GetProperty("components").GetProperty("schemas");

    public static IReadOnlyList<ApiOperation> Operations { get; } =
    [
        .. from path in Root.GetProperty("paths").EnumerateObject()
           from method in path.Value.EnumerateObject()
           where Methods.Contains(method.Name)
           select new ApiOperation(method.Name.ToUpperInvariant(), path.Name, path.Value, method.Value),
    ];

    public static ApiOperation Operation(string id) => Operations.Single(operation => operation.Id == id);

    /// <summary>What a reference leads to, or the element itself.</summary>
    public static JsonElement Resolve(JsonElement element)
    {
        while (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("$ref", out var reference))
        {
            element = Find(reference.GetString()!); // a reference is a string
        }

        return element;
    }

    /// <summary>The element at a reference such as <c>#/components/schemas/Role</c>.</summary>
    public static JsonElement Find(string reference) =>
        reference[2..].Split('/').Aggregate(Root, (element, name) => element.GetProperty(name.Replace("~1", "/", StringComparison.Ordinal)));

    private static string Read()
    {
        using var reader = new StreamReader(typeof(MemoryRoutes).Assembly.GetManifestResourceStream("openapi.json")!); // embedded by its project
        return reader.ReadToEnd();
    }
}
