using BenchmarkDotNet.Attributes;
using Memory.Benchmarks.Load;
using Memory.Core;

namespace Memory.Benchmarks.Micro;

/// <summary>The index in memory with 100,000 messages in threads of 1,000. Not sealed: the runner derives from it.</summary>
[MemoryDiagnoser]
public class MessageIndexBenchmarks
{
    private const int Messages = 100_000;
    private const int Queries = 100;
    private static readonly DateTimeOffset Time = new(2026, 1, 31, 9, 0, 0, TimeSpan.Zero);

    private readonly byte[][] terms;
    private readonly string[][] queries;
    private readonly MessageIndex index;

    /// <summary>Builds the index.</summary>
    public MessageIndexBenchmarks()
    {
        var corpus = new Corpus(Messages);
        terms = [.. Enumerable.Range(0, Messages).Select(i => LexicalEncoder.EncodeMessage(null, corpus.Text(i), Time).ToBytes())];
        queries = [.. Enumerable.Range(0, Queries).Select(i => LexicalEncoder.EncodeQuery(corpus.Query(i)))];
        index = Build();
    }

    /// <summary>One search over everything; the mean of 100 questions.</summary>
    [Benchmark(OperationsPerInvoke = Queries)]
    public int SearchResource() => Search(null);

    /// <summary>One search in a thread of 1,000.</summary>
    [Benchmark(OperationsPerInvoke = Queries)]
    public int SearchThread() => Search(1);

    /// <summary>All messages into a new index.</summary>
    [Benchmark]
    public MessageIndex Build()
    {
        var built = new MessageIndex();
        for (var i = 0; i < terms.Length; i++)
        {
            built.Put(1 + (i / 1_000), 1 + (i % 1_000), MessageRole.User, i, terms[i]);
        }

        return built;
    }

    private int Search(long? thread)
    {
        var found = 0;
        foreach (var query in queries)
        {
            found += index.Search(new IndexQuery { Terms = query, Top = 3, Thread = thread }).Count;
        }

        return found;
    }
}
