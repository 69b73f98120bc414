using BenchmarkDotNet.Attributes;
using Memory.Benchmarks.Load;
using Memory.Core;

namespace Memory.Benchmarks.Micro;

/// <summary>What Core works out for a message before it is stored. Not sealed: the runner derives from it.</summary>
[MemoryDiagnoser]
public class CoreBenchmarks
{
    private static readonly DateTimeOffset Time = new(2026, 1, 31, 9, 0, 0, TimeSpan.Zero);

    private readonly string text;
    private readonly string query;
    private readonly TermCounts terms;
    private readonly byte[] bytes;
    private readonly MessageContent content;

    /// <summary>One message of the corpus.</summary>
    public CoreBenchmarks()
    {
        var corpus = new Corpus(100);
        (text, query) = (corpus.Text(0), corpus.Query(0));
        terms = LexicalEncoder.EncodeMessage(null, text, Time);
        bytes = terms.ToBytes();
        content = MessageContent.FromText(text);
    }

    /// <summary>Tokens, stems and counts of a message of 30 words.</summary>
    [Benchmark]
    public object EncodeMessage() => LexicalEncoder.EncodeMessage(null, text, Time);

    /// <summary>Terms of a query of five words.</summary>
    [Benchmark]
    public object EncodeQuery() => LexicalEncoder.EncodeQuery(query);

    /// <summary>Terms to the bytes that are stored.</summary>
    [Benchmark]
    public object WriteTerms() => terms.ToBytes();

    /// <summary>A walk over stored terms.</summary>
    [Benchmark]
    public int ReadTerms()
    {
        var length = 0;
        var reader = TermCounts.Read(bytes);
        while (reader.MoveNext())
        {
            length += reader.Count;
        }

        return length;
    }

    /// <summary>The fingerprint of a message of 30 words.</summary>
    [Benchmark]
    public object Fingerprint() => MessageFingerprint.Of(MessageRole.User, null, content, null);
}
