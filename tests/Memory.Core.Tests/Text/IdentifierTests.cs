namespace Memory.Core.Tests;

public sealed class IdentifierTests
{
    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("../..")]
    [InlineData("'; drop table messages; --")]
    [InlineData("#*%?[]{}\\\"")]
    [InlineData("日本語 😀 שלום")]
    [InlineData("e\u0301\u200d\u202e\u2028")]
    public void Any_text_without_control_characters_is_an_id(string text)
    {
        Assert.True(Identifier.IsValid(text));
        Assert.Equal(text, Identifier.Require("$.id", text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("line\nfeed")]
    [InlineData("\u007f")]
    [InlineData("\u0085")]
    [InlineData("half \ud83d of a pair")]
    [InlineData("\udc00")]
    [InlineData("\ufffd")]
    public void Control_characters_and_broken_text_are_not(string text)
    {
        Assert.False(Identifier.IsValid(text));
        var refused = Assert.Throws<RefusedException>(() => Identifier.Require("$.id", text));
        Assert.Equal((ErrorCode.InvalidRequest, Identifier.Rule), (refused.Code, refused.Errors["$.id"]));
    }

    [Theory]
    [InlineData("x", 256, true)]
    [InlineData("x", 257, false)]
    [InlineData("é", 128, true)]
    [InlineData("é", 129, false)]
    [InlineData("日", 85, true)]
    [InlineData("日", 86, false)]
    [InlineData("😀", 64, true)]
    [InlineData("😀", 65, false)]
    public void The_limit_is_256_bytes(string piece, int times, bool valid) =>
        Assert.Equal(valid, Identifier.IsValid(string.Concat(Enumerable.Repeat(piece, times))));

    [Fact]
    public void New_ids_are_valid_and_sort_by_time()
    {
        var now = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var ids = Enumerable.Range(0, 20).Select(second => Identifier.New(now.AddSeconds(second))).ToList();

        Assert.All(ids, id => Assert.True(Identifier.IsValid(id)));
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
    }
}
