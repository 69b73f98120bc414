using System.Diagnostics;
using System.Numerics.Tensors;
using Memory.Core;
using Microsoft.Extensions.AI;

namespace Memory.Benchmarks.Load;

/// <summary>
/// An embedder whose own time is not worth measuring: a mixture of two of 1,024 fixed vectors, which two and how much of each decided by the text's hash.
/// The same text always has the same vector, texts in general have different ones, and nothing is waited for.
/// </summary>
internal sealed class HashEmbedder : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>The length of a vector.</summary>
    public const int Dimensions = 1_536;

    private const int Bases = 1_024;
    private static readonly EmbeddingGeneratorMetadata Metadata = new("bench", providerUri: null, "hash", Dimensions);
    private readonly float[][] bases = [.. Enumerable.Range(0, Bases).Select(Gaussians)];

    private HashEmbedder()
    {
    }

    /// <summary>As Core uses it.</summary>
    public static Embedder Embedder { get; } = new(new HashEmbedder(), new EmbeddingOptions());

    /// <summary>What it is, with the time that Core takes to have a text embedded, for the report.</summary>
    public static async Task<string> DescribeAsync(Corpus corpus, CancellationToken cancellationToken)
    {
        const int Texts = 1_000;
        var elapsed = TimeSpan.Zero;
        for (var round = 0; round < 100; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Texts; i++)
            {
                await Embedder.EmbedAsync([corpus.Text(i)], cancellationToken);
            }

            elapsed = Stopwatch.GetElapsedTime(start); // the last one's, when all is compiled
        }

        return string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{Dimensions:N0} dimensions, from the text's hash: {elapsed.TotalMicroseconds / Texts:0.0} µs a text in process, and the peer's embedder works the same way");
    }

    /// <inheritdoc/>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new GeneratedEmbeddings<Embedding<float>>(values.Select(text => new Embedding<float>(Embed(text)))));

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(EmbeddingGeneratorMetadata) ? Metadata : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    private float[] Embed(string text)
    {
        var hash = Hash(text);
        var (sin, cos) = MathF.SinCos((hash >> 40) / (float)(1 << 24) * (MathF.PI / 2));
        var vector = GC.AllocateUninitializedArray<float>(Dimensions);
        TensorPrimitives.Multiply(bases[hash % Bases], cos, vector);
        TensorPrimitives.MultiplyAdd(bases[hash / Bases % Bases], sin, vector, vector);
        return vector;
    }

    // FNV-1a, its bits mixed once more.
    private static ulong Hash(string text)
    {
        var hash = 14_695_981_039_346_656_037;
        foreach (var character in text)
        {
            hash = (hash ^ character) * 1_099_511_628_211;
        }

        hash = (hash ^ (hash >> 33)) * 0xff51_afd7_ed55_8ccd;
        return hash ^ (hash >> 33);
    }

    // Sums of four even numbers are nearly normal.
    private static float[] Gaussians(int number)
    {
        var random = new Random(number);
        float[] vector = [.. Enumerable.Range(0, Dimensions).Select(_ => random.NextSingle() + random.NextSingle() + random.NextSingle() + random.NextSingle() - 2)];
        TensorPrimitives.Divide(vector, TensorPrimitives.Norm(vector), vector);
        return vector;
    }
}
