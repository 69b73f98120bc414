using CsCheck;

namespace Memory.Core.Tests;

public sealed class LexicalEncoderTests
{
    private static readonly DateTimeOffset Day = new(2030, 2, 7, 23, 30, 0, TimeSpan.Zero);

    public static IEnumerable<TheoryDataRow<string>> Names() => TestData.Items("tokens.json").Select(item => new TheoryDataRow<string>(item.GetProperty("name").GetString() ?? ""));

    [Theory]
    [MemberData(nameof(Names))]
    public void Terms_are_the_references(string name)
    {
        var item = TestData.Items("tokens.json").Single(item => item.GetProperty("name").ValueEquals(name));
        var text = item.GetProperty("text").GetString() ?? "";
        var tokens = item.GetProperty("tokens").EnumerateArray().Select(token => token.GetString() ?? "").ToList();

        Assert.Equal(tokens.Distinct().Order(StringComparer.Ordinal), LexicalEncoder.EncodeQuery(text));
        var counts = LexicalEncoder.EncodeMessage(null, text, Day).Counts;
        foreach (var token in tokens.Distinct().Except(["7", "februari", "2030"]))
        {
            Assert.Equal(tokens.Count(other => other == token), counts[token]);
        }
    }

    [Fact]
    public void A_messages_terms_are_those_of_name_text_and_date()
    {
        var counts = LexicalEncoder.EncodeMessage("Ada Lovelace", "Ada saw seven engines, an engine a day", Day).Counts;

        Assert.Equal(
            [("2030", 1), ("7", 1), ("ada", 2), ("day", 1), ("engin", 2), ("februari", 1), ("lovelac", 1), ("saw", 1), ("seven", 1)],
            counts.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void The_date_is_that_of_Greenwich() =>
        Assert.Contains("8", LexicalEncoder.EncodeMessage(null, "", new DateTimeOffset(2030, 2, 7, 23, 30, 0, TimeSpan.FromHours(-2))).Counts);

    [Fact]
    public void Name_and_text_are_not_run_together() =>
        Assert.Equal(["2030", "7", "ann", "februari", "word"], LexicalEncoder.EncodeMessage("Ann", "words", Day).Counts.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void A_run_longer_than_a_word_can_be_is_left_out()
    {
        Assert.Single(LexicalEncoder.EncodeQuery(new string('x', LexicalEncoder.MaxTokenLength)));
        Assert.Equal(["yes2"], LexicalEncoder.EncodeQuery($"{new string('x', LexicalEncoder.MaxTokenLength + 1)} yes2"));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_separates_words() =>
        Assert.Equal(["apple", "banana"], LexicalEncoder.EncodeQuery("apple\ud800banana\udc00").Select(term => term == "appl" ? "apple" : term));

    [Fact]
    public void Any_text_has_terms_without_a_fault() =>
        Gen.String.Sample(text =>
        {
            var counts = LexicalEncoder.EncodeMessage(text, text, Day);
            Assert.All(LexicalEncoder.EncodeQuery(text), term => Assert.True(counts.Counts[term] >= 2));
        });
}
