using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace Memory.Core;

/// <summary>Counts a message's tokens with o200k, the vocabulary of current OpenAI models: its name, its text, and other parts as their JSON.</summary>
public static class TokenCounter
{
    // Loading takes as long as the rest of a cold start (docs/decisions/0004), so it waits until a budget asks for it.
    private static readonly Lazy<TiktokenTokenizer> Loaded = new(() => TiktokenTokenizer.CreateForEncoding("o200k_base"));

    /// <summary>The tokenizer itself.</summary>
    internal static Tokenizer O200k => Loaded.Value;

    /// <summary>The exact count.</summary>
    public static int Count(Message message) => Measure(message, text => O200k.CountTokens(text));

    /// <summary>A quarter of the bytes: near the count for English, too low for dense scripts. Marked as an estimate wherever it is shown.</summary>
    public static int Estimate(Message message) => Measure(message, text => (System.Text.Encoding.UTF8.GetByteCount(text) + 3) / 4);

    private static int Measure(Message message, Func<string, int> count)
    {
        var total = (message.Name is null ? 0 : count(message.Name)) + count(message.Content.Text);
        if (message.Content.Json.Text.AsSpan().TrimStart()[0] != '[')
        {
            return total;
        }

        using var parts = message.Content.Json.Parse();
        foreach (var part in parts.RootElement.EnumerateArray())
        {
            total += part.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("text") ? 0 : count(part.GetRawText());
        }

        return total;
    }
}
