using System.Text;
using System.Text.Json;

namespace Memory.Core.Tests;

/// <summary>What an append's JSON may look like, and that its content comes through to the letter.</summary>
public sealed class AppendRequestJsonTests
{
    [Fact]
    public void Content_and_metadata_are_kept_to_the_letter()
    {
        const string content = """[ {"type" : "text","text":"caf\u00e9 \ud800"},{ "type":"x", "n": 1.0e+3} ]""";
        const string metadata = """{ "b":1 , "a":[ ] }""";
        var request = Read($$"""{"resourceId":"r","messages":[{"role":"user","content": {{content}} ,"metadata": {{metadata}} },{"role":"user","content":"\u0061\/\"b"}]}""");

        Assert.Equal((content, metadata), (request.Messages[0].Content.Text, request.Messages[0].Metadata?.Text));
        Assert.Equal("\"\\u0061\\/\\\"b\"", request.Messages[1].Content.Text);
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        var request = Read("""{"resourceId":"r","expectedPosition":3,"messages":[{"id":"a","role":"tool","name":"n","content":"x \ud800","createdAt":"2030-01-01T00:00:00Z","metadata":{ "a" : 1 }}]}""");

        var again = Read(JsonSerializer.Serialize(request, CoreJson.Default.AppendRequest));

        Assert.Equal((request.ResourceId, request.ExpectedPosition), (again.ResourceId, again.ExpectedPosition));
        Assert.Equal(request.Messages, again.Messages);
    }

    [Fact]
    public void A_long_body_that_arrives_in_pieces_is_kept_to_the_letter()
    {
        var text = string.Concat(Enumerable.Repeat("\\u00e9 long ", 20_000));
        using var body = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"{{text}}"}]}"""));

        var request = JsonSerializer.Deserialize(body, CoreJson.Default.AppendRequest);

        Assert.Equal($"\"{text}\"", request?.Messages.Single().Content.Text);
    }

    [Theory]
    [InlineData("""{"messages":[],"unknown":1}""")]
    [InlineData("""{"messages":[{"role":"user","content":"x","extra":1}]}""")]
    [InlineData("""{"messages":[{"role":"user"}]}""")]
    [InlineData("""{"messages":[{"content":"x"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":null}]}""")]
    [InlineData("""{"messages":null}""")]
    [InlineData("""{}""")]
    [InlineData("""{"messages":[],"messages":[]}""")]
    [InlineData("""{"Messages":[]}""")]
    [InlineData("""{"messages":[],"expectedPosition":"3"}""")]
    [InlineData("""{"messages":[{"role":7,"content":"x"}]}""")]
    public void Other_JSON_is_refused(string json) => Assert.Throws<JsonException>(() => Read(json));

    private static AppendRequest Read(string json) => JsonSerializer.Deserialize(json, CoreJson.Default.AppendRequest) ?? throw new JsonException("null");
}
