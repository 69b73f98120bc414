using System.Text.Json;
using Xunit;

namespace Memory.OpenApi.Tests;

public sealed class ExampleTests
{
    public static TheoryData<string> Operations => [.. ApiDocument.Operations.Select(operation => operation.Id)];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_example_of_a_body_keeps_to_its_schema(string operationId)
    {
        var operation = ApiDocument.Operation(operationId);

        Assert.All(operation.RequestExamples.Concat(operation.ResponseExamples), example =>
            Assert.True(JsonSchema.Errors(example.Schema, example.Value) is [], $"{example.Name}: {string.Join("; ", JsonSchema.Errors(example.Schema, example.Value))}"));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_request_and_every_answer_with_a_body_has_an_example(string operationId)
    {
        var operation = ApiDocument.Operation(operationId);
        if (operationId == "getOpenApi")
        {
            return; // it would be this document
        }

        Assert.All(operation.RequestContent, content => Assert.Contains(operation.RequestExamples, example => example.MediaType == content.Name));
        Assert.All(operation.Responses.Where(response => response.Value.TryGetProperty("content", out _)), response =>
            Assert.Contains(operation.ResponseExamples, example => example.Name.StartsWith(response.Key, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_example_of_a_parameter_or_header_keeps_to_its_schema()
    {
        var described = ApiDocument.Operations.SelectMany(operation => operation.Parameters).Select(parameter => parameter.Value)
            .Concat(ApiDocument.Root.GetProperty("components").GetProperty("headers").EnumerateObject().Select(header => header.Value));

        Assert.All(described.Where(item => item.TryGetProperty("example", out _)), item =>
            Assert.Empty(JsonSchema.Errors(item.GetProperty("schema"), item.GetProperty("example"))));
    }

    [Theory]
    [InlineData("AppendRequest", """{"messages":[]}""")]
    [InlineData("AppendRequest", """{"messages":[{"role":"user"}]}""")]
    [InlineData("AppendRequest", """{"messages":[{"role":"robot","content":"x"}]}""")]
    [InlineData("AppendRequest", """{"messages":[{"role":"user","content":7}]}""")]
    [InlineData("AppendRequest", """{"messages":[{"role":"user","content":[{"text":"x"}]}]}""")]
    [InlineData("AppendRequest", """{"messages":[{"role":"user","content":"x"}],"expectedPosition":-1}""")]
    [InlineData("AppendRequest", """{"messages":[{"role":"user","content":"x"}],"expectedPosition":1.5}""")]
    [InlineData("AppendRequest", """{"messages":[{"role":"user","content":"x","createdAt":"yesterday"}]}""")]
    [InlineData("CreateThreadRequest", """{"resourceId":""}""")]
    [InlineData("CreateThreadRequest", """{"resourceId":"a\nb"}""")]
    [InlineData("CreateThreadRequest", """{"resourceId":"ada","metadata":[]}""")]
    [InlineData("RecallRequest", """{"query":" "}""")]
    [InlineData("RecallRequest", """{"lastMessages":1001}""")]
    [InlineData("RecallRequest", """{"semanticRecall":{"messageRange":51}}""")]
    [InlineData("RecallRequest", """{"semanticRecall":{"messageRange":{"around":1}}}""")]
    [InlineData("RecallRequest", """{"semanticRecall":{"filter":{"role":"robot"}}}""")]
    [InlineData("RecallRequest", """{"semanticRecall":{"filter":{"metadata":{"year":{}}}}}""")]
    [InlineData("RecallRequest", """{"semanticRecall":{"filter":{"metadata":{"year":{"gte":true}}}}}""")]
    public void A_schema_refuses_what_the_API_refuses(string schema, string json) =>
        Assert.NotEmpty(JsonSchema.Errors(ApiDocument.Schemas.GetProperty(schema), JsonElement.Parse(json)));
}
