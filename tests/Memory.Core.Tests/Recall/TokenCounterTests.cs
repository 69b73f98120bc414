namespace Memory.Core.Tests;

public sealed class TokenCounterTests
{
    [Theory]
    [InlineData("\"hello world\"", null, 2)] // counts of o200k_base
    [InlineData("\"\"", null, 0)]
    [InlineData("\"hello world\"", "hello", 3)]
    [InlineData("""[{"type":"text","text":"hello world"}]""", null, 2)]
    public void Text_and_name_are_counted_by_the_tokenizer(string content, string? name, int tokens) =>
        Assert.Equal(tokens, TokenCounter.Count(Conversation.Content("t", 1, content) with { Name = name }));

    [Fact]
    public void Parts_that_are_not_text_count_as_their_JSON()
    {
        var text = Conversation.Content("t", 1, """[{"type":"text","text":"hello world"}]""");
        var call = Conversation.Content("t", 1, """[{"type":"text","text":"hello world"},{"type":"tool-call","toolCallId":"a","args":{"city":"Lisbon"}}]""");

        Assert.InRange(TokenCounter.Count(call) - TokenCounter.Count(text), 10, 40);
        Assert.InRange(TokenCounter.Estimate(call) - TokenCounter.Estimate(text), 10, 40);
    }

    [Theory]
    [InlineData("\"abcde\"", 2)]
    [InlineData("\"abcd\"", 1)]
    [InlineData("\"日本\"", 2)]
    [InlineData("\"\"", 0)]
    public void An_estimate_is_a_quarter_of_the_bytes_rounded_up(string content, int tokens) =>
        Assert.Equal(tokens, TokenCounter.Estimate(Conversation.Content("t", 1, content)));
}
