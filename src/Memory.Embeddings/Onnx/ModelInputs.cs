using Microsoft.ML.OnnxRuntime;

namespace Memory.Embeddings;

/// <summary>A batch as a BERT model takes it: tables of [text, token], as wide as the longest text.</summary>
internal sealed class ModelInputs : IDisposable
{
    /// <summary>Tokens, then which of them are no padding, then which sentence each is of: here always the first.</summary>
    public static readonly IReadOnlyList<string> Known = ["input_ids", "attention_mask", "token_type_ids"];

    private readonly List<OrtValue> values = [];

    /// <summary>Lays out texts.</summary>
    /// <param name="texts">Each text's tokens.</param>
    /// <param name="padding">The token that stands for nothing.</param>
    /// <param name="names">The inputs the model declares: some of <see cref="Known"/>.</param>
    public ModelInputs(IReadOnlyList<int>[] texts, int padding, IEnumerable<string> names)
    {
        var width = texts.Max(text => text.Count);
        var (ids, mask) = (new long[texts.Length * width], new long[texts.Length * width]);
        Array.Fill(ids, padding);
        for (var i = 0; i < texts.Length; i++)
        {
            for (var j = 0; j < texts[i].Count; j++)
            {
                ids[(i * width) + j] = texts[i][j];
                mask[(i * width) + j] = 1;
            }
        }

        Names = [.. names];
        foreach (var name in Names)
        {
            var content = name == Known[0] ? ids : name == Known[1] ? mask : new long[ids.Length];
            values.Add(OrtValue.CreateTensorValueFromMemory(content, [texts.Length, width]));
        }
    }

    /// <summary>What <see cref="Values"/> are, in their order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The tables.</summary>
    public IReadOnlyList<OrtValue> Values => values;

    /// <inheritdoc/>
    public void Dispose() => values.ForEach(value => value.Dispose());
}
