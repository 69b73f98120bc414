using Memory.Core;
using Memory.Http;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using Xunit;

namespace Memory.OpenApi.Tests;

public sealed class DocumentTests
{
    [Fact]
    public void It_is_OpenAPI_3_1_without_errors_or_warnings()
    {
        var settings = new OpenApiReaderSettings { RuleSet = ValidationRuleSet.GetDefaultRuleSet() };

        var (document, diagnostic) = OpenApiDocument.Parse(ApiDocument.Text, OpenApiConstants.Json, settings);

        Assert.NotNull(document);
        Assert.NotNull(diagnostic);
        Assert.Empty(diagnostic.Errors);
        Assert.Empty(diagnostic.Warnings);
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, diagnostic.SpecificationVersion);
    }

    [Fact]
    public void It_describes_every_route_and_no_other() => Assert.Equal(
        MemoryRoutes.All.Select(route => $"{route.Method} {route.Pattern}").Order(StringComparer.Ordinal),
        ApiDocument.Operations.Select(operation => $"{operation.Method} {operation.Path}").Order(StringComparer.Ordinal));

    [Fact]
    public void Every_path_parameter_is_described_with_an_example() => Assert.All(ApiDocument.Operations, operation =>
    {
        var names = operation.Path.Split('/').Where(segment => segment.StartsWith('{')).Select(segment => segment.Trim('{', '}'));
        var described = operation.Parameters.Where(parameter => parameter is { In: "path", IsRequired: true, Example: not null });
        Assert.Equal(names, described.Select(parameter => parameter.Name));
    });

    // Tools put every example and constant into the requests they propose, and "last" with "limit" is refused, "Prefer" answers 202.
    [Fact]
    public void No_optional_parameter_forces_itself_into_a_proposed_request() =>
        Assert.All(ApiDocument.Operations.SelectMany(operation => operation.Parameters).Where(parameter => !parameter.IsRequired), parameter =>
        {
            Assert.Null(parameter.Example);
            Assert.False(parameter.Schema.TryGetProperty("examples", out _) || parameter.Schema.TryGetProperty("const", out _), parameter.Name);
        });

    [Fact]
    public void Every_operation_has_its_own_id_a_summary_and_a_known_tag()
    {
        var tags = ApiDocument.Root.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("name").GetString()).ToList();

        Assert.Equal(ApiDocument.Operations.Count, ApiDocument.Operations.Select(operation => operation.Id).Distinct().Count());
        Assert.All(ApiDocument.Operations, operation =>
        {
            Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!);
            Assert.Contains(Assert.Single(operation.Value.GetProperty("tags").EnumerateArray()).GetString(), tags);
        });
    }

    [Fact]
    public void Every_operation_says_how_it_may_be_refused() => Assert.All(ApiDocument.Operations, operation =>
    {
        var expected = new List<string> { "default" };
        if (operation.Path.StartsWith("/v1/", StringComparison.Ordinal))
        {
            expected.AddRange(["400", "401", "503"]);
        }

        if (operation.RequestContent.Any())
        {
            expected.AddRange(["413", "415"]);
        }

        if (operation.Parameters.Any(parameter => parameter.Name == "If-Match"))
        {
            expected.Add("412");
        }

        Assert.Empty(expected.Except(operation.Responses.Select(response => response.Key)));
    });

    [Fact]
    public void Every_component_is_used()
    {
        var components =
            from kind in ApiDocument.Root.GetProperty("components").EnumerateObject()
            where kind.Name != "securitySchemes"
            from component in kind.Value.EnumerateObject()
            select $"#/components/{kind.Name}/{component.Name}";

        Assert.All(components, component => Assert.Contains($"\"$ref\": \"{component}\"", ApiDocument.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Its_problem_codes_are_those_of_the_code()
    {
        var known = Enum.GetValues<ErrorCode>().Select(code => code.Name())
            .Concat([ErrorCodes.BackendUnavailable, ErrorCodes.TooManyRequests, ErrorCodes.Overloaded])
            .Concat(new[] { 404, 405 }.Select(status => Problems.Plain(status).Value!.Code)); // made with a body

        Assert.Equal(known.Order(StringComparer.Ordinal), Words("ProblemCode").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Its_roles_are_those_of_the_code() => Assert.Equal(MessageRoles.List, string.Join(", ", Words("Role")));

    [Fact]
    public void Its_limits_and_defaults_are_those_of_the_code()
    {
        var defaults = new RecallOptions();

        Assert.Equal(Identifier.MaxBytes, Number("Identifier", "maxLength"));
        Assert.Equal(EditThreads.MaxTitleLength, Number("Title", "maxLength"));
        Assert.Equal(AppendMessages.MaxNameLength, Number("Name", "maxLength"));
        Assert.Equal(AppendBatch.MaxMessages, Number("AppendRequest", "properties", "messages", "maxItems"));
        Assert.Equal(RecallQuery.MaxLastMessages, Number("RecallRequest", "properties", "lastMessages", "maximum"));
        Assert.Equal(defaults.LastMessages, Number("RecallRequest", "properties", "lastMessages", "default"));
        Assert.Equal(RecallQuery.MaxTopK, Number("SemanticRecallRequest", "properties", "topK", "maximum"));
        Assert.Equal(defaults.TopK, Number("SemanticRecallRequest", "properties", "topK", "default"));
        Assert.Equal(defaults.MessageRange, Number("SemanticRecallRequest", "properties", "messageRange", "default"));
        Assert.Equal((ThreadHandlers.DefaultLimit, ThreadHandlers.MaxLimit), Limit("listThreads"));
        Assert.Equal((ThreadHandlers.DefaultLimit, ThreadHandlers.MaxLimit), Limit("listResources"));
        Assert.Equal((MessageHandlers.DefaultLimit, ThreadHandlers.MaxLimit), Limit("listMessages"));
    }

    private static IEnumerable<string?> Words(string schema) =>
        ApiDocument.Schemas.GetProperty(schema).GetProperty("enum").EnumerateArray().Select(item => item.GetString());

    private static int Number(params string[] path) =>
        path.Aggregate(ApiDocument.Schemas, (element, name) => element.GetProperty(name)).GetInt32();

    private static (int Default, int Most) Limit(string operation)
    {
        var schema = ApiDocument.Operation(operation).Parameters.Single(parameter => parameter.Name == "limit").Schema;
        return (schema.GetProperty("default").GetInt32(), schema.GetProperty("maximum").GetInt32());
    }
}
