using System.Buffers;

namespace Memory.Core;

/// <summary>
/// Snowball's English stemmer ("Porter 2"), https://snowballstem.org/algorithms/english/stemmer.html, over tokens without apostrophes
/// (so that its step 0 has nothing to do). Our own because it is one page and starts at once; tests hold it to Snowball's stems.
/// </summary>
internal static class EnglishStemmer
{
    private static readonly Dictionary<string, string> Irregular = new(StringComparer.Ordinal)
    {
        ["skis"] = "ski",
        ["skies"] = "sky",
        ["dying"] = "die",
        ["lying"] = "lie",
        ["tying"] = "tie",
        ["idly"] = "idl",
        ["gently"] = "gentl",
        ["ugly"] = "ugli",
        ["early"] = "earli",
        ["only"] = "onli",
        ["singly"] = "singl",
        ["sky"] = "sky",
        ["news"] = "news",
        ["howe"] = "howe",
        ["atlas"] = "atlas",
        ["cosmos"] = "cosmos",
        ["bias"] = "bias",
        ["andes"] = "andes",
    };

    private static readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> IrregularBySpan =
        Irregular.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> DoneAfterPlural =
        new HashSet<string>(["inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"], StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly SearchValues<char> Vowels = SearchValues.Create("aeiouy");

    // Longest first within each step: Snowball takes the longest suffix and gives up when its condition fails.
    private static readonly (string Suffix, string Replacement)[] Step2 =
    [
        ("ational", "ate"), ("fulness", "ful"), ("iveness", "ive"), ("ization", "ize"), ("ousness", "ous"),
        ("biliti", "ble"), ("lessli", "less"), ("tional", "tion"),
        ("alism", "al"), ("aliti", "al"), ("ation", "ate"), ("entli", "ent"), ("fulli", "ful"), ("iviti", "ive"), ("ousli", "ous"),
        ("abli", "able"), ("alli", "al"), ("anci", "ance"), ("ator", "ate"), ("enci", "ence"), ("izer", "ize"),
        ("bli", "ble"), ("ogi", "og"), ("li", ""),
    ];

    private static readonly (string Suffix, string Replacement)[] Step3 =
    [
        ("ational", "ate"), ("tional", "tion"), ("alize", "al"), ("ative", ""), ("icate", "ic"), ("iciti", "ic"), ("ical", "ic"), ("ness", ""), ("ful", ""),
    ];

    private static readonly string[] Step4 =
    [
        "ement", "able", "ance", "ence", "ible", "ment", "ant", "ate", "ent", "ion", "ism", "iti", "ive", "ize", "ous", "al", "er", "ic",
    ];

    /// <summary>Stems a lower-case word in place.</summary>
    /// <param name="word">The word, with room for one more character behind it.</param>
    /// <param name="length">The word's length.</param>
    /// <returns>The stem's length, at most <paramref name="length"/> + 1.</returns>
    public static int Stem(Span<char> word, int length)
    {
        if (length < 3)
        {
            return length;
        }

        if (IrregularBySpan.TryGetValue(word[..length], out var stem))
        {
            stem.CopyTo(word);
            return stem.Length;
        }

        MarkConsonantY(word[..length]);
        var r1 = FirstRegion(word[..length]);
        var r2 = RegionAfter(word[..length], r1);

        length = Plural(word, length);
        if (!DoneAfterPlural.Contains(word[..length]))
        {
            length = PastAndGerund(word, length, r1);
            FinalY(word, length);
            length = Replace(word, length, r1, Step2, r2);
            length = Replace(word, length, r1, Step3, r2);
            length = Residual(word, length, r2);
            length = FinalEOrL(word, length, r1, r2);
        }

        word[..length].Replace('Y', 'y');
        return length;
    }

    private static bool IsVowel(char c) => c is 'a' or 'e' or 'i' or 'o' or 'u' or 'y';

    private static void MarkConsonantY(Span<char> word)
    {
        for (var i = 0; i < word.Length; i++)
        {
            if (word[i] == 'y' && (i == 0 || IsVowel(word[i - 1])))
            {
                word[i] = 'Y';
            }
        }
    }

    private static int FirstRegion(ReadOnlySpan<char> word) =>
        word.StartsWith("gener") || word.StartsWith("arsen") ? 5
        : word.StartsWith("commun") ? 6
        : RegionAfter(word, 0);

    /// <summary>Where the region after the first consonant that follows a vowel begins.</summary>
    private static int RegionAfter(ReadOnlySpan<char> word, int start)
    {
        for (var i = start + 1; i < word.Length; i++)
        {
            if (!IsVowel(word[i]) && IsVowel(word[i - 1]))
            {
                return i + 1;
            }
        }

        return word.Length;
    }

    private static bool HasVowel(ReadOnlySpan<char> part) => part.ContainsAny(Vowels);

    private static bool EndsInShortSyllable(ReadOnlySpan<char> word)
    {
        var n = word.Length;
        return n >= 3
            ? !IsVowel(word[n - 3]) && IsVowel(word[n - 2]) && !IsVowel(word[n - 1]) && word[n - 1] is not ('w' or 'x' or 'Y')
            : n == 2 && IsVowel(word[0]) && !IsVowel(word[1]);
    }

    // Step 1a
    private static int Plural(Span<char> word, int length)
    {
        var w = word[..length];
        if (w.EndsWith("sses"))
        {
            return length - 2;
        }

        if (w.EndsWith("ied") || w.EndsWith("ies"))
        {
            return length > 4 ? length - 2 : length - 1;
        }

        return w[^1] != 's' || w.EndsWith("us") || w.EndsWith("ss") || !HasVowel(w[..^2]) ? length : length - 1;
    }

    // Step 1b
    private static int PastAndGerund(Span<char> word, int length, int r1)
    {
        ReadOnlySpan<char> w = word[..length];
        var eed = w.EndsWith("eedly") ? 5 : w.EndsWith("eed") ? 3 : 0;
        if (eed > 0)
        {
            return length - eed >= r1 ? length - eed + 2 : length;
        }

        var suffix = w.EndsWith("ingly") ? 5 : w.EndsWith("edly") ? 4 : w.EndsWith("ing") ? 3 : w.EndsWith("ed") ? 2 : 0;
        if (suffix == 0 || !HasVowel(w[..^suffix]))
        {
            return length;
        }

        length -= suffix;
        w = word[..length];
        if (w.EndsWith("at") || w.EndsWith("bl") || w.EndsWith("iz"))
        {
            word[length] = 'e';
            return length + 1;
        }

        if (length >= 2 && w[^1] == w[^2] && w[^1] is 'b' or 'd' or 'f' or 'g' or 'm' or 'n' or 'p' or 'r' or 't')
        {
            return length - 1;
        }

        if (r1 >= length && EndsInShortSyllable(w))
        {
            word[length] = 'e';
            return length + 1;
        }

        return length;
    }

    // Step 1c
    private static void FinalY(Span<char> word, int length)
    {
        if (length > 2 && word[length - 1] is 'y' or 'Y' && !IsVowel(word[length - 2]))
        {
            word[length - 1] = 'i';
        }
    }

    // Steps 2 and 3
    private static int Replace(Span<char> word, int length, int r1, (string Suffix, string Replacement)[] rules, int r2)
    {
        foreach (var (suffix, replacement) in rules)
        {
            if (!word[..length].EndsWith(suffix))
            {
                continue;
            }

            var start = length - suffix.Length;
            var holds = start >= r1 && suffix switch
            {
                "ogi" => start > 0 && word[start - 1] == 'l',
                "li" => start > 0 && word[start - 1] is 'c' or 'd' or 'e' or 'g' or 'h' or 'k' or 'm' or 'n' or 'r' or 't',
                "ative" => start >= r2,
                _ => true,
            };
            if (!holds)
            {
                return length;
            }

            replacement.CopyTo(word[start..]);
            return start + replacement.Length;
        }

        return length;
    }

    // Step 4
    private static int Residual(Span<char> word, int length, int r2)
    {
        foreach (var suffix in Step4)
        {
            if (!word[..length].EndsWith(suffix))
            {
                continue;
            }

            var start = length - suffix.Length;
            return start >= r2 && (suffix != "ion" || (start > 0 && word[start - 1] is 's' or 't')) ? start : length;
        }

        return length;
    }

    // Step 5
    private static int FinalEOrL(Span<char> word, int length, int r1, int r2)
    {
        var last = length - 1;
        return word[last] switch
        {
            'e' when last >= r2 || (last >= r1 && !EndsInShortSyllable(word[..last])) => last,
            'l' when last >= r2 && last > 0 && word[last - 1] == 'l' => last,
            _ => length,
        };
    }
}
