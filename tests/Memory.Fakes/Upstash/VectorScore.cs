namespace Memory.Fakes;

/// <summary>Scores of dense vectors.</summary>
internal static class VectorScore
{
    public static double Of(VectorSimilarity similarity, float[] one, float[] other) => similarity switch
    {
        VectorSimilarity.Cosine => (1 + (Dot(one, other) / (Length(one) * Length(other)))) / 2,
        VectorSimilarity.DotProduct => (1 + Dot(one, other)) / 2,
        _ => 1 / (1 + one.Zip(other, (a, b) => Math.Pow((double)a - b, 2)).Sum()),
    };

    /// <summary>What is wrong with a vector under this similarity; null when nothing is. The service's own checks are documented only as requirements.</summary>
    public static string? Problem(VectorSimilarity similarity, float[] vector) => similarity switch
    {
        VectorSimilarity.Cosine when Length(vector) == 0 => "A vector of zeros has no cosine",
        VectorSimilarity.DotProduct when Math.Abs(Length(vector) - 1) > 1e-3 => "DOT_PRODUCT requires unit vectors",
        _ => null,
    };

    private static double Dot(float[] one, float[] other)
    {
        var sum = 0.0;
        for (var i = 0; i < one.Length; i++)
        {
            sum += (double)one[i] * other[i];
        }

        return sum;
    }

    private static double Length(float[] vector) => Math.Sqrt(Dot(vector, vector));
}
