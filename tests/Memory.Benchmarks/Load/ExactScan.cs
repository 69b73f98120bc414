using System.Numerics.Tensors;

namespace Memory.Benchmarks.Load;

/// <summary>The vectors of a corpus's first messages in one piece of memory, compared one after another on one core: an exact search cannot do less.</summary>
internal sealed class ExactScan
{
    /// <summary>How many are found.</summary>
    public const int Top = 3;

    private const int Batch = 1_000;
    private readonly float[] matrix;

    private ExactScan(float[] matrix) => this.matrix = matrix;

    /// <summary>Makes the matrix.</summary>
    public static async Task<ExactScan> CreateAsync(Corpus corpus, int messages, CancellationToken cancellationToken)
    {
        var matrix = GC.AllocateUninitializedArray<float>(messages * HashEmbedder.Dimensions);
        for (var at = 0; at < messages; at += Batch)
        {
            var vectors = await HashEmbedder.Embedder.EmbedAsync(corpus.Texts(at, Math.Min(Batch, messages - at)), cancellationToken);
            for (var i = 0; i < vectors.Count; i++)
            {
                vectors[i].CopyTo(matrix.AsMemory((at + i) * HashEmbedder.Dimensions));
            }
        }

        return new ExactScan(matrix);
    }

    /// <summary>The messages nearest to a vector of unit length, by number, nearest first.</summary>
    public int[] Nearest(ReadOnlySpan<float> vector)
    {
        var messages = new int[Top];
        Span<float> cosines = stackalloc float[Top];
        cosines.Fill(float.NegativeInfinity);
        for (var row = 0; row < matrix.Length / HashEmbedder.Dimensions; row++)
        {
            var cosine = TensorPrimitives.Dot(matrix.AsSpan(row * HashEmbedder.Dimensions, HashEmbedder.Dimensions), vector);
            if (cosine > cosines[Top - 1])
            {
                var place = Top - 1;
                for (; place > 0 && cosine > cosines[place - 1]; place--)
                {
                    (cosines[place], messages[place]) = (cosines[place - 1], messages[place - 1]);
                }

                (cosines[place], messages[place]) = (cosine, row);
            }
        }

        return messages;
    }
}
