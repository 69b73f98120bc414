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
    private const int Window = 2_048;

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

        var (source, tokens) = Tokenize(text, size + ((most - 1L) * (size - overlap)) + 1);
        if (tokens.Count <= size)
        {
            return [text];
        }

        List<string> pieces = [];
        for (var first = 0; pieces.Count < most; first += size - overlap)
        {
            var last = Math.Min(first + size, tokens.Count) - 1;
            var (start, end) = (Whole(source, tokens[first].Start), Whole(source, tokens[last].End));
            pieces.Add(source[start..end]);
            if (last == tokens.Count - 1)
            {
                break;
            }
        }

        return pieces;
    }

    /// <summary>The tokens' places in the text as the tokenizer normalized it; no more of it than is needed.</summary>
    private (string Source, List<(int Start, int End)> Tokens) Tokenize(string text, long needed)
    {
        // By windows: the time to cut one run of letters into tokens grows with the square of its length, and a message may be a run of megabytes.
        var source = new StringBuilder();
        List<(int, int)> tokens = [];
        for (var at = 0; at < text.Length && tokens.Count < needed;)
        {
            var end = Whole(text, Math.Min(at + Window, text.Length));
            var space = end < text.Length ? text.LastIndexOf(' ', end - 1, end - at - 1) : -1;
            end = space > at ? space : end;
            var window = text[at..end];
            foreach (var token in tokenizer().EncodeToTokens(window, out var normalized))
            {
                tokens.Add((source.Length + token.Offset.Start.Value, source.Length + token.Offset.End.Value));
                window = normalized ?? window;
            }

            source.Append(window);
            at = end;
        }

        return (source.ToString(), tokens);
    }

    // A token may end inside a character that UTF-16 writes in two units.
    private static int Whole(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;
}
