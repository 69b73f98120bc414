using System.Numerics.Tensors;

namespace Memory.Embeddings;

/// <summary>Makes vectors for texts, of length 1, from what a model computed.</summary>
internal static class TokenPooling
{
    /// <summary>Pools one batch.</summary>
    /// <param name="values">The model's output: [text, token, number], or [text, number] when the model pooled by itself.</param>
    /// <param name="shape">How long each of these is.</param>
    /// <param name="lengths">How many tokens each text has; what comes after them is padding.</param>
    /// <param name="pooling">Which tokens count.</param>
    public static float[][] Pool(ReadOnlySpan<float> values, long[] shape, int[] lengths, Pooling pooling)
    {
        var (dimensions, stride) = ((int)shape[^1], values.Length / lengths.Length);
        var vectors = new float[lengths.Length][];
        for (var i = 0; i < lengths.Length; i++)
        {
            var own = values.Slice(i * stride, stride);
            var vector = own[..dimensions].ToArray(); // the first token's, or the text's
            if (shape.Length == 3 && pooling == Pooling.Mean)
            {
                // The sum will do for the mean, since the length becomes 1.
                for (var token = 1; token < lengths[i]; token++)
                {
                    TensorPrimitives.Add(vector, own.Slice(token * dimensions, dimensions), vector);
                }
            }

            UnitVector.Normalize(vector, OnnxEmbeddingGenerator.Embedder);
            vectors[i] = vector;
        }

        return vectors;
    }
}
