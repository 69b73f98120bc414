using System.Numerics.Tensors;
using Memory.Core;
using Npgsql;
using Pgvector;

namespace Memory.Storage.Postgres;

/// <summary>Vectors of several texts as rows: which text each belongs to, and which of its vectors it is.</summary>
internal sealed class VectorRows
{
    private readonly List<ReadOnlyMemory<float>?> vectors = [];
    private readonly List<int> owners = [];
    private readonly List<short> chunks = [];

    /// <summary>Takes each text's vectors, one after another in its memory.</summary>
    public VectorRows(int dimensions, IEnumerable<ReadOnlyMemory<float>> texts)
        : this(dimensions, texts.Select(text => (ReadOnlyMemory<float>?)text))
    {
    }

    /// <summary>Takes those of texts of which some, null, have no vectors yet and thus no row.</summary>
    public VectorRows(int dimensions, IEnumerable<ReadOnlyMemory<float>?> texts)
    {
        var owner = 0;
        foreach (var each in texts)
        {
            owner++;
            if (each is not { } text)
            {
                continue;
            }

            if (text.Length == 0)
            {
                Add(null, 0); // the row that says that nothing is awaited
            }

            for (short chunk = 0; chunk * dimensions < text.Length; chunk++)
            {
                Add(text.Slice(chunk * dimensions, dimensions), chunk);
            }
        }

        void Add(ReadOnlyMemory<float>? vector, short chunk)
        {
            vectors.Add(vector);
            owners.Add(owner);
            chunks.Add(chunk);
        }
    }

    /// <summary>The vectors.</summary>
    public NpgsqlParameter Vectors(VectorType type) => Parameter.Vectors(type, vectors);

    /// <summary>Each one's text, from 1.</summary>
    public NpgsqlParameter Owners() => Parameter.Integers([.. owners]);

    /// <summary>Each one's place among its text's.</summary>
    public NpgsqlParameter Chunks() => Parameter.Smallints([.. chunks]);

    /// <summary>The rows of what comes with an append or edit; none when nothing was embedded.</summary>
    public static VectorRows Of(EmbeddedTexts? embedded) => new(embedded?.Space.Dimensions ?? 1, embedded?.Vectors ?? []);

    /// <summary>A text's vectors one after another again, from an array of them; empty when it has the row without a vector.</summary>
    public static float[] Values(object vectors)
    {
        if (vectors is Vector?[] full)
        {
            return [.. full.OfType<Vector>().SelectMany(vector => vector.ToArray())];
        }

        List<HalfVector> halves = [.. ((HalfVector?[])vectors).OfType<HalfVector>()]; // the column has one type or the other
        var values = new float[halves.Sum(vector => vector.Memory.Length)];
        var rest = values.AsSpan();
        foreach (var vector in halves)
        {
            TensorPrimitives.ConvertToSingle(vector.Memory.Span, rest);
            rest = rest[vector.Memory.Length..];
        }

        return values;
    }
}
