using System.Numerics.Tensors;

namespace Memory.Core;

/// <summary>Vectors of unit length as the rows of a matrix. It grows by blocks of 4 MiB, so that growing copies little and takes little more than is used.</summary>
internal sealed class VectorMatrix(int dimensions)
{
    private const int BlockBytes = 4 * 1024 * 1024;
    private readonly int rowsPerBlock = Math.Max(1, BlockBytes / (dimensions * sizeof(float)));
    private readonly List<float[]> blocks = [];
    private readonly List<int> documents = [];

    public int Dimensions { get; } = dimensions;

    public int Rows => documents.Count;

    public long Bytes => blocks.Sum(block => (long)block.Length * sizeof(float)) + (documents.Capacity * sizeof(int));

    /// <summary>The message that a row belongs to.</summary>
    public int Document(int row) => documents[row];

    /// <summary>Adds a message's vectors, one after another in <paramref name="vectors"/>, and returns the first's row.</summary>
    public int Add(int document, ReadOnlySpan<float> vectors)
    {
        var first = Rows;
        for (; vectors.Length > 0; vectors = vectors[Dimensions..])
        {
            MakeRoom();

            vectors[..Dimensions].CopyTo(blocks[^1].AsSpan(Rows % rowsPerBlock * Dimensions));
            documents.Add(document);
        }

        return first;
    }

    // The first block starts small and doubles: most resources are small.
    private void MakeRoom()
    {
        if (Rows == blocks.Count * rowsPerBlock)
        {
            blocks.Add(new float[(blocks.Count == 0 ? Math.Min(8, rowsPerBlock) : rowsPerBlock) * Dimensions]);
        }
        else if (blocks.Count == 1 && Rows * Dimensions == blocks[0].Length)
        {
            var wider = blocks[0];
            Array.Resize(ref wider, Math.Min(2 * Rows, rowsPerBlock) * Dimensions);
            blocks[0] = wider;
        }
    }

    /// <summary>The cosine of the angle between a row and a vector of unit length.</summary>
    public float Cosine(int row, ReadOnlySpan<float> vector) =>
        TensorPrimitives.Dot(blocks[row / rowsPerBlock].AsSpan(row % rowsPerBlock * Dimensions, Dimensions), vector);
}
