using Memory.Core;

namespace Memory.Mastra.Tests;

/// <summary>Content that the packages would not write by themselves, and may still be in a database.</summary>
public sealed class ContentTests
{
    private readonly NoteCounter notes = new();

    [Theory]
    [InlineData("""{"format":2,"parts":[]}""", "\"\"")]
    [InlineData("""{"format":2,"parts":[],"content":""}""", "\"\"")]
    [InlineData("""{"format":2,"parts":[],"content":"old"}""", "\"old\"")]
    [InlineData("""{"format":2,"parts":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"content":"b"}""", """[{"type":"text","text":"a"},{"type":"text","text":"b"}]""")]
    [InlineData("""{"format":2,"parts":[{"type":"text"}]}""", """[{"type":"text"}]""")]
    [InlineData("""{"parts":[{"type":"text","text":"a"}]}""", "\"a\"")]
    [InlineData("\"quoted\"", "\"quoted\"")]
    [InlineData("""["a"]""", "\"[\\\"a\\\"]\"")]
    [InlineData("", "\"\"")]
    [InlineData("""{"format":2,"parts":[{"type":"tool-invocation","toolInvocation":{"toolName":"x"}}]}""", """[{"type":"tool-invocation","toolInvocation":{"toolName":"x"}}]""")]
    [InlineData("""{"format":2,"parts":[7,{"a":1}]}""", """[{"type":"unknown","value":7},{"type":"unknown","value":{"a":1}}]""")]
    [InlineData(
        """{"format":2,"parts":[{"type":"file","data":"https://a"}],"experimental_attachments":[{"url":"https://a","contentType":"x/y"},{"url":"https://b","contentType":"x/y"}]}""",
        """[{"type":"file","data":"https://a"},{"type":"file","mimeType":"x/y","data":"https://b"}]""")]
    public void Content_of_any_form_becomes_content_of_ours(string stored, string expected)
    {
        var (content, metadata) = StoredContent.Read(stored, role: null, type: null, notes);
        Assert.Equal(expected, content.Json.Text);
        Assert.Null(metadata);
        Assert.True(MessageContent.TryCreate(content.Json, out _, out _));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_in_an_id_is_replaced_and_in_words_is_not()
    {
        var (content, _) = StoredContent.Read(
            """{"format":2,"parts":[{"type":"tool-invocation","toolInvocation":{"state":"call","toolCallId":"\ud83d","toolName":"x","args":{}}}]}""", null, null, notes);
        Assert.Equal("""[{"type":"tool-call","toolCallId":"\ufffd","toolName":"x","args":{}}]""", content.Json.Text);
        Assert.Equal("""["\ud83d"]""", $"[{StoredContent.Read("""{"format":2,"parts":[{"type":"text","text":"\ud83d"}]}""", null, null, notes).Content.Json}]");
    }

    [Fact]
    public void What_is_nested_too_deeply_for_a_message_is_kept_as_text()
    {
        var deep = new string('[', 62) + new string(']', 62);
        var fits = $$$"""{"format":2,"parts":[{"type":"tool-invocation","toolInvocation":{"state":"result","toolCallId":"c","toolName":"x","args":{},"result":{{{deep}}}}}]}""";
        Assert.Equal(["c"], StoredContent.Read(fits, null, null, notes).Content.ToolResults());
        Assert.Empty(notes.Counts);

        var deeper = fits.Replace(deep, $"[{deep}]", StringComparison.Ordinal);
        Assert.Equal(deeper, StoredContent.Read(deeper, null, null, notes).Content.Text);
        Assert.Equal(1, notes.Counts[MastraNotes.ContentAsText]);
    }

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1,"mastraMessage":{"type":"t","extra":true}}""")]
    [InlineData("""{ }""", """{"mastraMessage":{"type":"t","extra":true}}""")]
    [InlineData("""[1]""", """{"mastraMessage":{"type":"t","metadata":[1],"extra":true}}""")]
    [InlineData("""null""", """{"mastraMessage":{"type":"t","extra":true}}""")]
    public void Metadata_is_an_object_with_what_else_there_was(string metadata, string expected) =>
        Assert.Equal(expected, StoredContent.Read($$"""{"format":2,"parts":[],"metadata":{{metadata}},"extra":true}""", null, "t", notes).Metadata?.Text);

    [Fact]
    public void Metadata_that_are_nested_too_deeply_are_kept_as_a_text()
    {
        var deep = $$"""{"a":{{new string('[', 64)}}{{new string(']', 64)}}}""";
        var (content, metadata) = StoredContent.Read($$"""{"format":2,"parts":[{"type":"text","text":"a"}],"metadata":{{deep}}}""", null, null, notes);
        Assert.Equal("a", content.Text);
        using var document = metadata?.Parse();
        Assert.Equal(deep, document?.RootElement.GetProperty("mastraMessage").GetProperty("metadata").GetString());
    }

    [Theory]
    [InlineData("42", false)]
    [InlineData("true", false)]
    [InlineData("# Markdown", false)]
    [InlineData("[1]", true)]
    [InlineData("{}", true)]
    public void Working_memory_is_JSON_when_it_is_an_object_or_an_array(string text, bool isJson) =>
        Assert.Equal(isJson, StoredWorkingMemory.OfText(text, DateTimeOffset.UnixEpoch, notes)?.IsJson);

    [Fact]
    public void A_large_working_memory_is_kept_and_counted()
    {
        var text = new string('x', WorkingMemories.MaxBytes + 1);
        Assert.Equal(text, StoredWorkingMemory.OfText(text, DateTimeOffset.UnixEpoch, notes)?.Text);
        Assert.Equal(1, notes.Counts[MastraNotes.LargeWorkingMemory]);
    }

    [Fact]
    public void Metadata_that_is_a_string_of_JSON_is_that_JSON() =>
        Assert.Equal(("""{"a":1}""", "w"), StoredWorkingMemory.OfThread("""
            "{\"a\":1,\"workingMemory\":\"w\"}"
            """, DateTimeOffset.UnixEpoch, notes) is var (metadata, memory) ? (metadata?.Text, memory?.Text) : default);
}
