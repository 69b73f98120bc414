using System.Numerics.Tensors;
using Memory.Core;

namespace Memory.Embeddings;

/// <summary>Gives vectors the length 1, so that a product of two is their cosine. The services' own should have it; shortened ones need not.</summary>
internal static class UnitVector
{
    /// <summary>Scales a vector in place.</summary>
    /// <exception cref="EmbeddingException">It points nowhere: all zeros, or something in it is no finite number.</exception>
    public static void Normalize(Span<float> vector, string embedder)
    {
        var length = TensorPrimitives.Norm<float>(vector);
        if (!float.IsFinite(length) || length == 0)
        {
            throw new EmbeddingException(embedder, isTransient: false, "the model made a vector without a direction (zero, or not finite)");
        }

        TensorPrimitives.Divide(vector, length, vector);
    }
}
