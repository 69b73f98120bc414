using System.Text;
using Microsoft.ML.Tokenizers;

namespace Memory.Core;

/// <summary>Cuts a long text into overlapping pieces, so that each fits an embedder and no sentence is torn in all of them.</summary>
/// <param name="tokenizer">The embedder's own, or one near enough; asked for only when a text may be too long.</param>
/// <param name="size">The most tokens of a piece.</param>
/// <param name="overlap">How many of them repeat the end of the piece before.</param>
/// <param name="most">The most pieces.</param>
internal sealed class TextChunks(Func<Tokenizer> tokenizer, int size, int overlap, int most)
{
    /// <summary>The pieces in order; the text itself when it fits, none when there is nothing in it.</summary>
    public IReadOnlyList<string> Split(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return [];
        }

        // A token has at least one byte: most messages need no tokenizer.
        if (Encoding.UTF8.GetByteCount(text) <= size)
        {
            return [text];
        }

        var tokens = tokenizer().EncodeToTokens(text, out var normalized);
        if (tokens.Count <= size)
        {
            return [text];
        }

        var source = normalized ?? text; // what the tokens' offsets count in
        List<string> pieces = [];
        for (var first = 0; pieces.Count < most; first += size - overlap)
        {
            var last = Math.Min(first + size, tokens.Count) - 1;
            var (start, end) = (Whole(source, tokens[first].Offset.Start.Value), Whole(source, tokens[last].Offset.End.Value));
            pieces.Add(source[start..end]);
            if (last == tokens.Count - 1)
            {
                break;
            }
        }

        return pieces;
    }

    // A token may end inside a character that UTF-16 writes in two units.
    private static int Whole(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;
}
