using CsCheck;

namespace Memory.Core.Tests;

public sealed class EnglishStemmerTests
{
    [Fact]
    public void Stems_are_Snowballs()
    {
        var pairs = TestData.Lines("stems.txt").Select(line => line.Split(' ')).ToList();

        Assert.Equal(4_000, pairs.Count);
        Assert.Empty(pairs.Where(pair => Stem(pair[0]) != pair[1]).Select(pair => $"{pair[0]} became {Stem(pair[0])} and not {pair[1]}"));
    }

    [Fact]
    public void A_stem_has_at_most_one_character_more_than_its_word()
    {
        var letters = "abceilnorstuvyz".Select(letter => $"{letter}").Concat(["ing", "ed", "eed", "ies", "ational", "ness", "é", "7"]).ToArray();
        Gen.OneOf(letters).Array[1, 12].Select(string.Concat).Sample(word => Stem(word).Length <= word.Length + 1);
    }

    private static string Stem(string word)
    {
        var room = new char[word.Length + 1];
        word.CopyTo(room);
        return new string(room, 0, EnglishStemmer.Stem(room, word.Length));
    }
}
