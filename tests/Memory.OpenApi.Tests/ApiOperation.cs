using System.Text.Json;

namespace Memory.OpenApi.Tests;

/// <summary>One method of a path.</summary>
internal sealed record ApiOperation(string Method, string Path, JsonElement PathItem, JsonElement Value)
{
    public string Id => Value.GetProperty("operationId").GetString()!; // checked to be there

    public IEnumerable<ApiParameter> Parameters =>
        from owner in new[] { PathItem, Value }
        where owner.TryGetProperty("parameters", out _)
        from parameter in owner.GetProperty("parameters").EnumerateArray()
        select new ApiParameter(ApiDocument.Resolve(parameter));

    /// <summary>The body's media types; empty when the operation has no body.</summary>
    public IEnumerable<JsonProperty> RequestContent =>
        Value.TryGetProperty("requestBody", out var body) ? ApiDocument.Resolve(body).GetProperty("content").EnumerateObject() : [];

    public IEnumerable<ApiExample> RequestExamples => RequestContent.SelectMany(ExamplesOf);

    public IEnumerable<KeyValuePair<string, JsonElement>> Responses =>
        Value.GetProperty("responses").EnumerateObject().Select(response => KeyValuePair.Create(response.Name, ApiDocument.Resolve(response.Value)));

    public IEnumerable<ApiExample> ResponseExamples =>
        from response in Responses
        where response.Value.TryGetProperty("content", out _)
        from content in response.Value.GetProperty("content").EnumerateObject()
        from example in ExamplesOf(content)
        select example with { Name = $"{response.Key} {example.Name}" };

    /// <summary>The path with the examples of its parameters.</summary>
    public string ExamplePath =>
        Parameters.Where(parameter => parameter.In == "path").Aggregate(Path, (path, parameter) =>
            path.Replace($"{{{parameter.Name}}}", Uri.EscapeDataString(parameter.Example!.Value.ToString()), StringComparison.Ordinal)); // checked to be there

    private static IEnumerable<ApiExample> ExamplesOf(JsonProperty content)
    {
        var schema = content.Value.GetProperty("schema");
        if (content.Value.TryGetProperty("example", out var only))
        {
            yield return new ApiExample(content.Name, "example", schema, only);
        }

        if (content.Value.TryGetProperty("examples", out var examples))
        {
            foreach (var example in examples.EnumerateObject())
            {
                yield return new ApiExample(content.Name, example.Name, schema, ApiDocument.Resolve(example.Value).GetProperty("value"));
            }
        }
    }
}

/// <summary>A parameter.</summary>
internal sealed record ApiParameter(JsonElement Value)
{
    public string Name => Value.GetProperty("name").GetString()!; // required by OpenAPI

    public string In => Value.GetProperty("in").GetString()!; // required by OpenAPI

    public bool IsRequired => Value.TryGetProperty("required", out var required) && required.GetBoolean();

    public JsonElement Schema => Value.GetProperty("schema");

    public JsonElement? Example => Value.TryGetProperty("example", out var example) ? example : null;
}

/// <summary>An example of a body.</summary>
internal sealed record ApiExample(string MediaType, string Name, JsonElement Schema, JsonElement Value);
