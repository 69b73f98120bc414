namespace Memory.Core.Tests;

public sealed class MessageFilterTests
{
    [Theory]
    [InlineData("""{"n":1}""", "[1.0]", true)]
    [InlineData("""{"n":1}""", "[\"1\"]", false)]
    [InlineData("""{"n":null}""", "[null]", true)]
    [InlineData("""{}""", "[null]", false)]
    [InlineData("""{"n":{"a":1,"b":[2]}}""", """[{"b":[2],"a":1}]""", true)]
    [InlineData("""{"n":"\u0061"}""", "[\"a\"]", true)]
    [InlineData("""{"n":"a"}""", "[]", false)]
    [InlineData("""{"n":"a\ud800"}""", "[\"a\"]", false)]
    [InlineData("""{"n":"a","\ud800":1}""", "[\"a\"]", true)]
    [InlineData(null, "[\"a\"]", false)]
    public void A_value_is_one_of_those_wanted(string? metadata, string anyOf, bool matches) =>
        Assert.Equal(matches, new MessageFilter { Metadata = [new("n", [.. TestData.Parse(anyOf).EnumerateArray()], [])] }.MatchesMetadata(metadata));

    [Theory]
    [InlineData("""{"n":5}""", true, true, "5", true)]
    [InlineData("""{"n":5}""", true, false, "5", false)]
    [InlineData("""{"n":5.5}""", true, false, "5", true)]
    [InlineData("""{"n":4}""", true, true, "5", false)]
    [InlineData("""{"n":4}""", false, true, "5", true)]
    [InlineData("""{"n":"4"}""", false, true, "5", false)]
    [InlineData("""{"n":"b"}""", true, false, "\"a\"", true)]
    [InlineData("""{"n":"B"}""", true, false, "\"a\"", false)]
    [InlineData("""{"n":"😀"}""", true, false, "\"\uffee\"", true)] // by code point: U+1F600 comes after U+FFEE
    [InlineData("""{"n":"a\ud800"}""", true, false, "\"a\"", true)] // half a surrogate pair is looked at as U+FFFD
    [InlineData("""{"n":[6]}""", true, false, "5", false)]
    [InlineData("""{"n":1e400}""", true, false, "5", true)]
    public void A_value_keeps_to_bounds_of_its_own_type(string metadata, bool above, bool inclusive, string limit, bool matches) =>
        Assert.Equal(matches, new MessageFilter { Metadata = [new("n", null, [new(above, inclusive, TestData.Parse(limit))])] }.MatchesMetadata(metadata));

    [Fact]
    public void Without_conditions_everything_matches() => Assert.True(new MessageFilter().MatchesMetadata(null));
}
