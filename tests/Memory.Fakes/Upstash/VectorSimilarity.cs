namespace Memory.Fakes;

/// <summary>How near two vectors are, as a score from 0 to 1, which is best.</summary>
public enum VectorSimilarity
{
    /// <summary>(1 + cosine) / 2.</summary>
    Cosine,

    /// <summary>1 / (1 + squared distance).</summary>
    Euclidean,

    /// <summary>(1 + product) / 2, of vectors of length 1.</summary>
    DotProduct,
}
