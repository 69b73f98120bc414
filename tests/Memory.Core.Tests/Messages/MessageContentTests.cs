using CsCheck;

namespace Memory.Core.Tests;

public sealed class MessageContentTests
{
    [Theory]
    [InlineData("\"hello\"", "hello")]
    [InlineData("\"\"", "")]
    [InlineData("[]", "")]
    [InlineData("\"tab\\t\\u00e9\\ud83d\\ude00\"", "tab\té😀")]
    [InlineData("""[{"type":"text","text":"one"},{"type":"image","url":"x"},{"text":"two","type":"text"}]""", "one\ntwo")]
    [InlineData("""[{"type":"tool-result","result":"not words"}]""", "")]
    [InlineData("""[{"type":"text","text":7},{"type":"text"},{"type":"TEXT","text":"no"},{"type":"text","text":"yes"}]""", "yes")]
    [InlineData("\"half \\ud800 of a pair\"", "half \ufffd of a pair")]
    [InlineData("\"\\udc00\\ud83d\\ude00\\ud83d\"", "\ufffd😀\ufffd")]
    [InlineData("\"\\\\ud800 is escaped\"", "\\ud800 is escaped")]
    [InlineData("""[{"type":"text","text":"a\ud800"},{"type":"text","text":"b"}]""", "a\ufffd\nb")]
    public void The_words_are_the_string_or_its_text_parts(string json, string text)
    {
        Assert.True(MessageContent.TryCreate(new RawJson(json), out var content, out _));
        Assert.Equal((json, text), (content.Json.Text, content.Text));
        Assert.Equal(text, MessageContent.FromStore(json).Text);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("true")]
    [InlineData("""{"type":"text","text":"x"}""")]
    [InlineData("""["x"]""")]
    [InlineData("[null]")]
    [InlineData("[[]]")]
    [InlineData("""[{"text":"x"}]""")]
    [InlineData("""[{"type":7}]""")]
    [InlineData("""[{"type":null}]""")]
    [InlineData("""[{"Type":"text"}]""")]
    [InlineData("""[{"type":"text","text":"x"},{}]""")]
    public void Other_JSON_is_refused_with_a_reason(string json)
    {
        Assert.False(MessageContent.TryCreate(new RawJson(json), out _, out var problem));
        Assert.StartsWith("must ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_goes_through_its_JSON_unchanged() => Gen.String.Where(IsWhole).Sample(text =>
    {
        var content = MessageContent.FromText(text);
        Assert.Equal(text, content.Text);
        Assert.Equal(text, MessageContent.FromStore(content.Json.Text).Text);
    });

    [Fact]
    public void Tool_ids_are_those_of_calls_and_results()
    {
        var content = MessageContent.FromStore(
            """
            [{"type":"tool-call","toolCallId":"a","toolName":"x"},{"type":"tool-call","id":"b"},{"type":"tool-result","toolCallId":"c","id":"other"},
             {"type":"tool-call"},{"type":"tool-call","toolCallId":7},{"type":"text","text":"tool-call"},{"type":"tool-result","toolCallId":"d\ud800"}]
            """);

        Assert.Equal(["a", "b"], content.ToolCalls());
        Assert.Equal(["c", "d\ufffd"], content.ToolResults());
        Assert.Empty(MessageContent.FromText("[tool-call]").ToolCalls());
        Assert.Empty(MessageContent.FromStore("\"tool-call tool-result\"").ToolResults());
    }

    [Theory]
    [InlineData("""{"type":"\ud800","text":"no"}""")]
    [InlineData("""{"type":"note","\ud800":1}""")]
    public void Half_of_a_surrogate_pair_in_a_type_or_a_members_name_is_kept_like_any_other(string part)
    {
        var json = $$"""[{{part}},{"type":"text","text":"yes"},{"type":"tool-call","toolCallId":"a"}]""";

        Assert.True(MessageContent.TryCreate(new RawJson(json), out var content, out _));

        Assert.Equal((json, "yes"), (content.Json.Text, content.Text));
        Assert.Equal(["a"], content.ToolCalls());
        Assert.NotEqual(0, TokenCounter.Count(Conversation.Content("t", 1, json)));
    }

    private static bool IsWhole(string text) => text.EnumerateRunes().All(rune => rune.Value != 0xfffd);
}
