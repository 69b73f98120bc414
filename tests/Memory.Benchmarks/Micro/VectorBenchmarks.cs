using BenchmarkDotNet.Attributes;
using Memory.Benchmarks.Load;
using Memory.Core;

namespace Memory.Benchmarks.Micro;

/// <summary>Ranking 10,000 messages by vectors of 1,536 dimensions, and by both signals. Not sealed: the runner derives from it.</summary>
[MemoryDiagnoser]
public class VectorBenchmarks
{
    private const int Messages = 10_000;
    private static readonly DateTimeOffset Time = new(2026, 1, 31, 9, 0, 0, TimeSpan.Zero);

    private readonly MessageIndex index = new(HashEmbedder.Dimensions);
    private readonly ReadOnlyMemory<float> vector;
    private readonly string[] terms;
    private readonly ExactScan scan;
    private readonly IndexHit[] byWords, byVector;

    /// <summary>Builds the index and the matrix.</summary>
    public VectorBenchmarks()
    {
        var corpus = new Corpus(Messages);
        scan = ExactScan.CreateAsync(corpus, Messages, CancellationToken.None).GetAwaiter().GetResult();
        var vectors = HashEmbedder.Embedder.EmbedAsync(corpus.Texts(0, Messages), CancellationToken.None).GetAwaiter().GetResult();
        for (var i = 0; i < Messages; i++)
        {
            index.Put(1, 1 + i, MessageRole.User, i, LexicalEncoder.EncodeMessage(null, corpus.Text(i), Time).ToBytes());
            index.PutVectors(1, 1 + i, vectors[i].Span);
        }

        (vector, terms) = (vectors[7], LexicalEncoder.EncodeQuery(corpus.Query(7)));
        byWords = [.. Enumerable.Range(0, 100).Select(i => new IndexHit(1, 1 + i, i, 12.0 / (1 + i), 0) { Cosine = 0.1 })];
        byVector = [.. Enumerable.Range(0, 100).Select(i => new IndexHit(1, 51 + i, i, 0.1, 0) { Cosine = 0.9 / (1 + i) })];
    }

    /// <summary>Dot products with a matrix of the same vectors, and nothing else.</summary>
    [Benchmark(Baseline = true)]
    public int[] BareScan() => scan.Nearest(vector.Span);

    /// <summary>The index, by words and vectors.</summary>
    [Benchmark]
    public object Search() => index.Search(new IndexQuery { Terms = terms, Vector = vector, Top = 3 });

    /// <summary>One ranking of two, of 100 hits each, of which half are the same.</summary>
    [Benchmark]
    public object Fuse() => Fusion.Rank(byWords, byVector, attainable: 14, FusionWeights.Default, top: 3, minScore: 0);
}
