using Memory.Core;

namespace Memory.Conformance;

/// <summary>Vectors that tests can reason about.</summary>
public static class Vectors
{
    /// <summary>A space of three dimensions.</summary>
    public static EmbeddingSpace Space { get; } = new("test-model", 3);

    /// <summary>A vector of unit length in the first two dimensions, at an angle in degrees.</summary>
    public static float[] At(double degrees) => [(float)Math.Cos(degrees * Math.PI / 180), (float)Math.Sin(degrees * Math.PI / 180), 0];

    /// <summary>A vector of unit length from a seed.</summary>
    public static float[] Random(int seed, int dimensions)
    {
        var random = new Random(seed);
        var values = Enumerable.Range(0, dimensions).Select(_ => random.NextDouble() - 0.5).ToArray();
        var norm = Math.Sqrt(values.Sum(value => value * value));
        return [.. values.Select(value => (float)(value / norm))];
    }
}
