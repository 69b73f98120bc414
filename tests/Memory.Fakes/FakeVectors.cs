using System.Security.Cryptography;
using System.Text;

namespace Memory.Fakes;

/// <summary>Vectors that depend on the text alone: the same on every machine, of length 1, and nearer for texts with words in common.</summary>
public static class FakeVectors
{
    /// <summary>A text's vector.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="dimensions">How many numbers.</param>
    public static float[] Of(string text, int dimensions)
    {
        var vector = new float[dimensions];
        foreach (var word in text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Append(text))
        {
            var random = new Random(BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes(word))));
            for (var i = 0; i < dimensions; i++)
            {
                vector[i] += (float)random.NextDouble() - 0.5f;
            }
        }

        var length = MathF.Sqrt(vector.Sum(value => value * value));
        return Array.ConvertAll(vector, value => value / length);
    }
}
