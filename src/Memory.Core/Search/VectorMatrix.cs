using System.Numerics.Tensors;

namespace Memory.Core;

/// <summary>Vectors of unit length as the rows of a matrix. It grows by blocks of 4 MiB, so that growing copies nothing and takes no more than is used.</summary>
internal sealed class VectorMatrix(int dimensions)
{
    private const int BlockBytes = 4 * 1024 * 1024;
    private readonly int rowsPerBlock = Math.Max(1, BlockBytes / (dimensions * sizeof(float)));
    private readonly List<float[]> blocks = [];
    private readonly List<int> documents = [];

    public int Dimensions { get; } = dimensions;

    public int Rows => documents.Count;

    public long Bytes => ((long)blocks.Count * rowsPerBlock * Dimensions * sizeof(float)) + (documents.Capacity * sizeof(int));

    /// <summary>The message that a row belongs to.</summary>
    public int Document(int row) => documents[row];

    /// <summary>Adds a message's vectors, one after another in <paramref name="vectors"/>, and returns the first's row.</summary>
    public int Add(int document, ReadOnlySpan<float> vectors)
    {
        var first = Rows;
        for (; vectors.Length > 0; vectors = vectors[Dimensions..])
        {
            if (Rows == blocks.Count * rowsPerBlock)
            {
                blocks.Add(GC.AllocateUninitializedArray<float>(rowsPerBlock * Dimensions));
            }

            vectors[..Dimensions].CopyTo(blocks[^1].AsSpan(Rows % rowsPerBlock * Dimensions));
            documents.Add(document);
        }

        return first;
    }

    /// <summary>The cosine of the angle between a row and a vector of unit length.</summary>
    public float Cosine(int row, ReadOnlySpan<float> vector) =>
        TensorPrimitives.Dot(blocks[row / rowsPerBlock].AsSpan(row % rowsPerBlock * Dimensions, Dimensions), vector);
}
