using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Memory.Core;

/// <summary>
/// Turns text into lexical terms: NFKC, lower case, runs of letters and digits; a run of CJK characters becomes overlapping pairs;
/// English stop words are dropped and the rest stemmed. A message's terms are those of its name, its text and its date written out,
/// so that "what did Joey say in March" finds something.
/// </summary>
public static class LexicalEncoder
{
    /// <summary>Longer runs are hashes or encoded bytes, not words, and are left out.</summary>
    public const int MaxTokenLength = 64;

    // With what apostrophes leave behind (don't → don, t).
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> StopWords = new HashSet<string>(
        ("a an the and or but if of to in on at for from by with is are was were be been being do does did has have "
        + "had i you he she it we they me him her us them my your his its our their this that these those what which who whom when "
        + "where why how as so than then there here not no yes can could will would should may might just about into over after "
        + "before up down out t s m ll ve re d don didn doesn isn wasn aren weren haven hasn hadn wouldn couldn shouldn won").Split(' '),
        StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly string[] Months =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

    /// <summary>The terms of a message with their counts.</summary>
    public static TermCounts EncodeMessage(string? name, string text, DateTimeOffset createdAt)
    {
        var date = createdAt.UtcDateTime;
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var into = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        Encode(name, into);
        Encode(text, into);
        Encode(string.Create(CultureInfo.InvariantCulture, $"{date.Day} {Months[date.Month - 1]} {date.Year:0000}"), into);
        return new TermCounts(counts);
    }

    /// <summary>The distinct terms of a query, in ordinal order: sums over them come out the same everywhere.</summary>
    public static string[] EncodeQuery(string text)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        Encode(text, counts.GetAlternateLookup<ReadOnlySpan<char>>());
        string[] terms = [.. counts.Keys];
        Array.Sort(terms, StringComparer.Ordinal);
        return terms;
    }

    private static void Encode(string? text, Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> counts)
    {
        if (string.IsNullOrEmpty(text))
        {
            return;
        }

        // NFKC can lengthen what lower-casing then folds, so it comes first; ASCII is its own normal form.
        var plain = (Ascii.IsValid(text) ? text.ToLowerInvariant() : Lower(Normalize(text))).AsSpan();
        var at = 0;
        while (at < plain.Length)
        {
            var start = at;
            while (at < plain.Length && IsWord(plain, at, out var size))
            {
                at += size;
            }

            if (at > start)
            {
                EncodeRun(plain[start..at], counts);
            }
            else
            {
                at++;
            }
        }
    }

    // Half of a surrogate pair has no normal form, and is no part of a word.
    private static string Normalize(string text)
    {
        try
        {
            return text.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Normalize(NormalizationForm.FormKC);
        }
    }

    // Unicode's full lower case, which .NET's (letter by letter) lacks: a dotted capital I becomes two characters, and a sigma that ends a word its own.
    private static string Lower(string text)
    {
        if (text.AsSpan().ContainsAny('\u0130', '\u03a3'))
        {
            var mapped = new StringBuilder(text).Replace("\u0130", "i\u0307");
            for (var i = 1; i < mapped.Length; i++)
            {
                if (mapped[i] == '\u03a3' && char.IsLetter(mapped[i - 1]) && (i + 1 == mapped.Length || !char.IsLetter(mapped[i + 1])))
                {
                    mapped[i] = '\u03c2';
                }
            }

            text = mapped.ToString();
        }

        return text.ToLowerInvariant();
    }

    private static bool IsWord(ReadOnlySpan<char> text, int at, out int size)
    {
        size = 1;
        if (char.IsAscii(text[at]))
        {
            return char.IsAsciiLetterOrDigit(text[at]);
        }

        return Rune.DecodeFromUtf16(text[at..], out var rune, out size) == System.Buffers.OperationStatus.Done
            && Rune.GetUnicodeCategory(rune) is <= UnicodeCategory.OtherLetter
                or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
    }

    private static bool IsCjk(char c) => c is >= '\u3040' and <= '\u30ff' or >= '\u3400' and <= '\u4dbf' or >= '\u4e00' and <= '\u9fff' or >= '\uac00' and <= '\ud7af';

    private static void EncodeRun(ReadOnlySpan<char> run, Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> counts)
    {
        while (run.Length > 0)
        {
            var length = 1;
            var cjk = IsCjk(run[0]);
            while (length < run.Length && IsCjk(run[length]) == cjk)
            {
                length++;
            }

            if (!cjk)
            {
                Count(run[..length], counts);
            }
            else if (length == 1)
            {
                Count(run[..1], counts);
            }
            else
            {
                for (var i = 0; i + 1 < length; i++)
                {
                    Count(run.Slice(i, 2), counts);
                }
            }

            run = run[length..];
        }
    }

    private static void Count(ReadOnlySpan<char> token, Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> counts)
    {
        if (token.Length > MaxTokenLength || StopWords.Contains(token))
        {
            return;
        }

        Span<char> word = stackalloc char[MaxTokenLength + 1];
        token.CopyTo(word);
        var stem = word[..EnglishStemmer.Stem(word, token.Length)];
        CollectionsMarshal.GetValueRefOrAddDefault(counts, stem, out _)++;
    }
}
