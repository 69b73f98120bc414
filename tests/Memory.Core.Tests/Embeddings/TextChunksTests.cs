using System.Text;
using CsCheck;
using Microsoft.ML.Tokenizers;

namespace Memory.Core.Tests;

public sealed class TextChunksTests
{
    private static readonly Tokenizer O200k = TokenCounter.O200k;

    // Words, code, CJK, and characters that take several tokens or two UTF-16 units each.
    private static readonly Gen<string> SomeText = Gen.OneOf(
        Gen.OneOf((string[])["word ", "another ", "if (a[0] == b) { return; }\n", "日本語の文章。", "😀👩‍👩‍👧", "e\u0301", "\u0000", "    "]),
        Gen.String[0, 12]).Array[0, 120].Select(string.Concat);

    [Fact]
    public void Pieces_cover_the_text_overlap_and_fit() => Gen.Select(SomeText, Gen.Int[16, 60], Gen.Int[0, 7]).Sample((text, size, overlap) =>
    {
        var pieces = new TextChunks(() => O200k, size, overlap, most: int.MaxValue).Split(text);
        if (string.IsNullOrWhiteSpace(text))
        {
            Assert.Empty(pieces);
            return;
        }

        var from = 0;
        var end = 0;
        foreach (var piece in pieces)
        {
            // Where words repeat, a piece fits in several places: it starts at the last one that leaves no gap.
            var at = text.LastIndexOf(piece, Math.Min(end + piece.Length, text.Length) - 1, StringComparison.Ordinal);
            Assert.InRange(at, from, end);
            (from, end) = (at, Math.Max(end, at + piece.Length));
            Assert.True(IsWhole(piece, text), "A piece ends within a character.");
        }

        Assert.Equal(text.Length, end);
    });

    [Fact]
    public void Neighbouring_pieces_share_the_tokens_asked_for()
    {
        var text = string.Join(' ', Enumerable.Range(0, 200).Select(number => $"w{number}"));

        var pieces = new TextChunks(() => O200k, 50, 10, most: 100).Split(text);

        Assert.All(pieces, piece => Assert.InRange(O200k.CountTokens(piece), 1, 51)); // a cut may make two tokens of one
        foreach (var (first, second) in pieces.Zip(pieces.Skip(1)))
        {
            var shared = Enumerable.Range(1, second.Length).Last(length => first.EndsWith(second[..length], StringComparison.Ordinal));
            Assert.InRange(O200k.CountTokens(second[..shared]), 9, 11);
        }
    }

    [Fact]
    public void No_more_pieces_than_allowed()
    {
        var text = string.Join(' ', Enumerable.Repeat("word", 10_000));

        Assert.Equal(4, new TextChunks(() => O200k, 100, 10, most: 4).Split(text).Count);
    }

    [Fact]
    public void A_run_of_megabytes_is_cut_without_looking_at_all_of_it()
    {
        var pieces = new TextChunks(() => O200k, 512, 64, most: 64).Split(new string('x', 4_000_000));

        Assert.Equal(64, pieces.Count);
    }

    [Fact]
    public void A_text_that_fits_in_any_case_needs_no_tokenizer()
    {
        var chunks = new TextChunks(() => throw new InvalidOperationException("Not needed."), 16, 4, most: 4);

        Assert.Equal(["0123456789abcdef"], chunks.Split("0123456789abcdef"));
        Assert.Throws<InvalidOperationException>(() => chunks.Split("0123456789abcdefg"));
    }

    // A text that holds half a pair itself cannot be cut without one.
    private static bool IsWhole(string piece, string text) =>
        text.EnumerateRunes().Contains(Rune.ReplacementChar) || (!char.IsLowSurrogate(piece[0]) && !char.IsHighSurrogate(piece[^1]));
}
