using CsCheck;

namespace Memory.Core.Tests;

public sealed class MessageFingerprintTests
{
    [Theory]
    [InlineData("\"hello\"", "\"\\u0068ello\"")]
    [InlineData("\"a/b\"", "\"a\\/b\"")]
    [InlineData("\"line\\nfeed\"", "\"line\\u000Afeed\"")]
    [InlineData("\"😀\"", "\"\\ud83d\\uDE00\"")]
    [InlineData("[]", "[ ]")]
    [InlineData("""[{"type":"text","text":"x"}]""", """[ { "text" : "x" , "type" : "text" } ]""")]
    [InlineData("""[{"type":"a","v":{"p":[1,2],"q":null}}]""", """[{"v":{"q":null,"p":[1,2]},"type":"\u0061"}]""")]
    [InlineData("""[{"type":"a","\u0062":1}]""", """[{"type":"a","b":1}]""")]
    [InlineData("\"half \\ud800\"", "\"half \\uD800\"")]
    [InlineData("\"half \\ud800\"", "\"\\u0068alf \\ud800\"")]
    public void White_space_order_of_members_and_escapes_make_no_difference(string one, string other)
    {
        Assert.Equal(Of(one), Of(other));
        Assert.Equal(Of("\"x\"", metadata: $$"""{"a":{{one}}}"""), Of("\"x\"", metadata: $$"""{ "a" : {{other}} }"""));
    }

    [Theory]
    [InlineData("\"a\"", "\"b\"")]
    [InlineData("\"a\"", "\"A\"")]
    [InlineData("\"a\"", "\"a \"")]
    [InlineData("\"é\"", "\"e\u0301\"")]
    [InlineData("\"\\\\u0061\"", "\"a\"")]
    [InlineData("\"\\\\ud800\"", "\"\\ud800\"")]
    [InlineData("\"\\ud800\"", "\"\\ud801\"")]
    [InlineData("\"\\ud800\"", "\"\\ufffd\"")]
    [InlineData("[]", "\"[]\"")]
    [InlineData("""[{"type":"a","v":1}]""", """[{"type":"a","v":1.0}]""")]
    [InlineData("""[{"type":"a","v":1}]""", """[{"type":"a","v":"1"}]""")]
    [InlineData("""[{"type":"a","v":[1,2]}]""", """[{"type":"a","v":[2,1]}]""")]
    [InlineData("""[{"type":"a","v":null}]""", """[{"type":"a"}]""")]
    [InlineData("""[{"type":"a"},{"type":"b"}]""", """[{"type":"b"},{"type":"a"}]""")]
    [InlineData("""[{"type":"a\",\"b"}]""", """[{"type":"a","b":"b"}]""")]
    [InlineData("\"\\ud800\"", "\"\\ufffdD800\"")]
    public void Every_other_difference_counts(string one, string other)
    {
        Assert.NotEqual(Of(one), Of(other));
        Assert.NotEqual(Of("\"x\"", metadata: $$"""{"a":{{one}}}"""), Of("\"x\"", metadata: $$"""{"a":{{other}}}"""));
    }

    [Fact]
    public void Role_name_content_and_metadata_are_told_apart()
    {
        byte[][] all =
        [
            Of("\"x\""),
            Of("\"x\"", MessageRole.Assistant),
            Of("\"x\"", name: "x"),
            Of("\"x\"", name: "\"x\""),
            Of("\"\"", name: "x"),
            Of("\"x\"", metadata: "{}"),
            Of("\"x\"", metadata: """{"x":1}"""),
            Of("\"x{}\""),
        ];

        Assert.Equal(all.Length, all.Select(Convert.ToHexString).Distinct().Count());
        Assert.All(all, fingerprint => Assert.Equal(16, fingerprint.Length));
    }

    [Theory]
    [InlineData("""{"\ud800":1,"a":2}""", """{ "a":2, "\ud800":1 }""")]
    [InlineData("""{"a\udc00":{"b":1}}""", """{"a\udc00": {"b":1}}""")]
    public void A_member_may_be_named_by_half_of_a_surrogate_pair(string one, string other) =>
        Assert.Equal(Of("\"x\"", metadata: one), Of("\"x\"", metadata: other));

    [Fact]
    public void Escaping_any_character_makes_no_difference() =>
        Gen.Select(Gen.OneOf("a", "\"", "\\", "/", "é", "日", "😀", "u0061", "\n").Array[0, 12], Gen.Bool.Array[12]).Sample((pieces, escaped) =>
        {
            var plain = MessageContent.FromText(string.Concat(pieces)).Json.Text;
            var other = string.Concat(pieces.Select((piece, at) => escaped[at]
                ? string.Concat(piece.Select(c => $"\\u{(int)c:x4}"))
                : MessageContent.FromText(piece).Json.Text[1..^1]));
            Assert.Equal(Of(plain), Of($"\"{other}\""));
        });

    private static byte[] Of(string content, MessageRole role = MessageRole.User, string? name = null, string? metadata = null) =>
        MessageFingerprint.Of(role, name, MessageContent.FromStore(content), metadata is null ? null : new RawJson(metadata));
}
