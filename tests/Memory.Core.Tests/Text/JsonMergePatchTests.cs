using System.Text.Json;

namespace Memory.Core.Tests;

public sealed class JsonMergePatchTests
{
    // RFC 7396, appendix A, row by row.
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", """{}""")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""["a","b"]""", """["c","d"]""", """["c","d"]""")]
    [InlineData("""{"a":"b"}""", """["c"]""", """["c"]""")]
    [InlineData("""{"a":"foo"}""", """null""", null)]
    [InlineData("""{"a":"foo"}""", "\"bar\"", "\"bar\"")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""[1,2]""", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void The_RFCs_examples_hold(string target, string patch, string? expected) => AssertMerged(expected, target, patch);

    [Theory]
    [InlineData(null, """{"a":{"b":null,"c":1}}""", """{"a":{"c":1}}""")]
    [InlineData(null, "null", null)]
    [InlineData("""{"a":1}""", "{}", """{"a":1}""")]
    [InlineData("""{"a":{"x":1},"b":{"y":2}}""", """{"b":{"z":[null,{"k":null}]}}""", """{"a":{"x":1},"b":{"y":2,"z":[null,{"k":null}]}}""")]
    public void Objects_merge_and_arrays_replace(string? target, string patch, string? expected) => AssertMerged(expected, target, patch);

    [Fact]
    public void Numbers_stay_as_they_were_written()
    {
        var merged = JsonMergePatch.Apply(new RawJson("""{"big":123456789012345678901234567890,"exact":1.10}"""), new RawJson("""{"more":1e400}"""));

        Assert.Equal("""{"big":123456789012345678901234567890,"exact":1.10,"more":1e400}""", merged?.Text);
    }

    [Theory]
    [InlineData("""{"a":"\ud800","b":1}""", """{"b":2}""")]
    [InlineData("""{"b":1}""", """{"a":"\ud800"}""")]
    public void Half_of_a_surrogate_pair_can_be_merged(string target, string patch)
    {
        var merged = JsonMergePatch.Apply(new RawJson(target), new RawJson(patch));

        Assert.Contains("\"a\"", merged?.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":1,"a":2,"b":3}""", """{"b":4}""", 2)]
    [InlineData("""{"b":3}""", """{"a":1,"a":2}""", 2)]
    public void Of_a_repeated_member_the_last_counts(string target, string patch, int expected)
    {
        var merged = JsonMergePatch.Apply(new RawJson(target), new RawJson(patch));

        Assert.Equal(expected, TestData.Parse(merged?.Text ?? "null").GetProperty("a").GetInt32());
    }

    private static void AssertMerged(string? expected, string? target, string patch)
    {
        var merged = JsonMergePatch.Apply(target is null ? null : new RawJson(target), new RawJson(patch));

        Assert.True(
            expected is null ? merged is null : merged is not null && JsonElement.DeepEquals(TestData.Parse(expected), TestData.Parse(merged.Text)),
            $"The result is {merged?.Text ?? "nothing"}.");
    }
}
