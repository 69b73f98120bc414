using System.Text.RegularExpressions;

namespace Memory.Http.Tests;

public sealed partial class VerbatimTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    public static TheoryData<string> Contents =>
    [
        "\"plain\"", "\"\"", "\"\\u00e9 is é, \\/ is /, \\t, \\u0000, \\ud83e\\udda6\"", "\"half \\ud800 a pair\"", "\"漢字 🦦 \u2028 \u200d </script>\"",
        "[]", "[ ]", """[{"type":"text","text":"a"}]""", "[ {\"text\" : \"a\",\n\t\"type\":\"text\"} ]",
        """[{"type":"tool-call","toolCallId":"1","args":{"n":1.0,"e":1E+2,"big":12345678901234567890123,"z":-0}}]""",
        """[{"type":"image","url":"data:image/png;base64,AA=="},{"type":"file","data":null},{"type":"my-own","x":[[],{}]}]""",
        """[{"type":"tool-result","toolCallId":"1","result":{"a":1,"b":{"c":[true,false,null]}}}]""",
    ];

    [Theory]
    [MemberData(nameof(Contents))]
    public async Task Content_comes_back_byte_for_byte_wherever_it_is_read(string content)
    {
        var thread = await api.NewThreadAsync(resource);
        const string metadata = """{ "n": 1.50, "u":"\u00e9", "list":[ 1,2 ] }""";
        (await api.PostAsync($"/v1/threads/{thread}/messages", $$"""{"messages":[{"id":"m","role":"user","content":{{content}},"metadata":{{metadata}}}]}""")).Is(201);
        var parts = new[] { $"\"content\":{content},", $"\"metadata\":{metadata}" };
        var clone = (await api.PostAsync($"/v1/threads/{thread}/clone", "{}")).Is(201).Json.GetProperty("id").GetString();
        foreach (var part in parts)
        {
            Assert.Contains(part, (await api.GetAsync($"/v1/threads/{thread}/messages")).Is(200).Body, StringComparison.Ordinal);
            Assert.Contains(part, (await api.GetAsync($"/v1/threads/{thread}/messages?last=1")).Is(200).Body, StringComparison.Ordinal);
            Assert.Contains(part, (await api.GetAsync($"/v1/threads/{clone}/messages?direction=desc")).Is(200).Body, StringComparison.Ordinal);
            Assert.Contains(part, (await api.PostAsync($"/v1/threads/{thread}/recall", "{}")).Is(200).Body, StringComparison.Ordinal);
            Assert.Contains(part, (await api.PostAsync($"/v1/threads/{thread}/recall", """{"maxTokens":5000,"query":"plain half"}""")).Is(200).Body, StringComparison.Ordinal);
            Assert.Contains(part, (await api.PatchAsync($"/v1/threads/{thread}/messages/m", """{"role":"assistant"}""")).Is(200).Body, StringComparison.Ordinal);
        }

        Assert.Contains(parts[0], (await api.PatchAsync($"/v1/threads/{thread}/messages/m", $$"""{"content":{{content}}}""")).Is(200).Body, StringComparison.Ordinal);
        var later = await api.PostAsync($"/v1/threads/{thread}/messages", $$"""{"messages":[{"id":"l","role":"user","content":{{content}},"metadata":{{metadata}}}]}""", ("Prefer", "respond-async"));
        Assert.Equal("succeeded", (await OperationTests.EndAsync(api, later.Is(202).Header("Location")!)).Json.GetProperty("status").GetString());
        Assert.Equal(2, Regex.Count((await api.GetAsync($"/v1/threads/{thread}/messages")).Is(200).Body, Regex.Escape(parts[0])));
    }

    [Fact]
    public async Task An_export_keeps_everything_on_a_line_of_its_own()
    {
        var thread = await api.NewThreadAsync(resource);
        (await api.PostAsync($"/v1/threads/{thread}/messages", "{\"messages\":[{\"role\":\"user\",\"content\":[\n {\"type\":\"text\",\r\n\"text\":\"x\"}\n],\"metadata\":{\n}}]}")).Is(201);
        (await api.PutAsync($"/v1/resources/{resource}/working-memory", "{\n  \"k\": 1\n}", Api.Json)).Is(200);
        var lines = (await api.GetAsync($"/v1/resources/{resource}/export")).Is(200).Body.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.Contains("\"type\"", System.Text.Json.JsonElement.Parse(line).GetRawText(), StringComparison.Ordinal));
        Assert.Equal(4, lines.Length);
    }

    [Theory]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"a":{"\udc00x":1,"\ud800y":2}}""")]
    [InlineData("""{"a":"\ud800"}""")]
    public async Task Half_a_pair_in_metadata_is_kept_or_refused(string metadata)
    {
        var thread = await api.NewThreadAsync(resource);
        var append = await api.PostAsync($"/v1/threads/{thread}/messages", $$"""{"messages":[{"id":"m","role":"user","content":"c","metadata":{{metadata}}}]}""");
        Assert.True(append.Status is 201 or 400, $"{append.Status} {append.Body}");
        var created = await api.PostAsync("/v1/threads", $$"""{"id":"{{thread}}-2","resourceId":"{{resource}}","metadata":{{metadata}}}""");
        Assert.True(created.Status is 201 or 400, $"{created.Status} {created.Body}");
        foreach (var path in new[] { $"/v1/threads/{thread}", $"/v1/threads/{thread}-2", $"/v1/threads/{thread}/messages/m" })
        {
            var patched = await api.PatchAsync(path, """{"metadata":{"b":1}}""");
            Assert.True(patched.Status is 200 or 400 or 404, $"{path}: {patched.Status} {patched.Body}");
            patched = await api.PatchAsync(path, $$"""{"metadata":{{metadata}}}""");
            Assert.True(patched.Status is 200 or 400 or 404, $"{path}: {patched.Status} {patched.Body}");
        }

        (await api.GetAsync($"/v1/threads/{thread}/messages")).Is(200);
        (await api.PostAsync($"/v1/threads/{thread}/recall", """{"query":"c","semanticRecall":{"filter":{"metadata":{"a":1}}}}""")).Is(200);
    }

    [Theory]
    [InlineData("""[{"\ud800":1,"type":"text","text":"x"}]""")]
    [InlineData("""[{"type":"\ud800"}]""")]
    [InlineData("""[{"type":"tool-call","toolCallId":"\ud800"},{"type":"text","text":"\udfff"}]""")]
    [InlineData("""[{"type":"text","text":"x","m":{"\ud800":{"a":1,"\udc00":2}}}]""")]
    public async Task Half_a_pair_in_a_part_is_kept_or_refused(string content)
    {
        var thread = await api.NewThreadAsync(resource);
        var append = await api.PostAsync($"/v1/threads/{thread}/messages", $$"""{"messages":[{"id":"m","role":"user","content":{{content}}}]}""");
        Assert.True(append.Status is 201 or 400, $"{append.Status} {append.Body}");
        if (append.Status == 201)
        {
            Assert.Contains($"\"content\":{content}", (await api.GetAsync($"/v1/threads/{thread}/messages")).Is(200).Body, StringComparison.Ordinal);
            (await api.PostAsync($"/v1/threads/{thread}/recall", """{"query":"x","maxTokens":1000}""")).Is(200);
            var edited = await api.PatchAsync($"/v1/threads/{thread}/messages/m", $$"""{"content":{{content}}}""");
            Assert.True(edited.Status is 200 or 400, $"{edited.Status} {edited.Body}");
        }
    }

    [Fact]
    public async Task Names_are_camelCase_and_times_are_RFC_3339_in_UTC()
    {
        var thread = await api.NewThreadAsync(resource, "a vole", "two");
        var replies = new[]
        {
            await api.GetAsync($"/v1/threads/{thread}"), await api.GetAsync($"/v1/threads?resourceId={resource}"), await api.AppendAsync(thread, "three"),
            await api.GetAsync($"/v1/threads/{thread}/messages"), await api.PostAsync($"/v1/threads/{thread}/recall", """{"query":"vole","explain":true}"""),
            await api.GetAsync("/v1/resources"), await api.PostAsync($"/v1/threads/{thread}/messages", """{"messages":[{"role":"user","content":"x"}]}""", ("Prefer", "respond-async")),
            await api.PostAsync($"/v1/threads/{thread}/clone", "{}"), await api.PostAsync("/v1/threads", "{}"), await api.DeleteAsync($"/v1/resources/{resource}"),
        };
        foreach (var reply in replies)
        {
            Assert.All(Names().Matches(reply.Body), name => Assert.Matches(@"^([a-z][A-Za-z0-9]*|\$.*)$", name.Groups[1].Value));
            Assert.All(Times().Matches(reply.Body), time => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$", time.Groups[1].Value));
        }

        Assert.True(replies.Sum(reply => Times().Count(reply.Body)) > 10);
    }

    [GeneratedRegex("\"([^\"]+)\":")]
    private static partial Regex Names();

    [GeneratedRegex("\"[a-z]+At\":\"([^\"]*)\"")]
    private static partial Regex Times();
}
