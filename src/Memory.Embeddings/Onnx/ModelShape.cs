using Memory.Core;
using Microsoft.ML.OnnxRuntime;

namespace Memory.Embeddings;

/// <summary>Finds out whether a model's inputs and outputs are an embedding model's.</summary>
internal static class ModelShape
{
    // The names that transformers, sentence-transformers and FastEmbed give.
    private static readonly string[] Preferred = ["last_hidden_state", "token_embeddings", "sentence_embedding"];

    /// <summary>The output to use: a vector per token, [text, token, number], else a vector per text, [text, number].</summary>
    /// <exception cref="EmbeddingException">There is none.</exception>
    public static string ChooseOutput(IReadOnlyList<string> names, IReadOnlyDictionary<string, NodeMetadata> outputs)
    {
        return Preferred.Concat(names).FirstOrDefault(name => HasRank(name, 3))
            ?? Preferred.Concat(names).FirstOrDefault(name => HasRank(name, 2))
            ?? throw Unfit("it has no output of 32-bit vectors for tokens or texts");

        bool HasRank(string name, int rank) =>
            outputs.TryGetValue(name, out var output) && output.ElementType == typeof(float) && output.Dimensions.Length == rank;
    }

    /// <summary>Checks that a model asks for nothing but tokens.</summary>
    /// <exception cref="EmbeddingException">It does.</exception>
    public static void CheckInputs(IReadOnlyDictionary<string, NodeMetadata> inputs)
    {
        if (!inputs.ContainsKey(ModelInputs.Known[0]) || inputs.Any(input => !ModelInputs.Known.Contains(input.Key) || input.Value.ElementType != typeof(long)))
        {
            throw Unfit($"its inputs are not 64-bit {string.Join(", ", ModelInputs.Known)}");
        }
    }

    private static EmbeddingException Unfit(string reason) =>
        new(OnnxEmbeddingGenerator.Embedder, isTransient: false, $"the model in Memory:Embedding:Onnx:Folder is no BERT embedding model: {reason}");
}
