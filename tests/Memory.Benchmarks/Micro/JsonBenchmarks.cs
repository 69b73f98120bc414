using System.Globalization;
using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Memory.Benchmarks.Load;
using Memory.Core;
using Memory.Http;

namespace Memory.Benchmarks.Micro;

/// <summary>What a request is read from and an answer written to. Not sealed: the runner derives from it.</summary>
[MemoryDiagnoser]
public class JsonBenchmarks
{
    private const int Answered = 37; // the last 30, and 3 hits of which the neighbours are partly the same
    private static readonly DateTimeOffset Time = new(2026, 1, 31, 9, 0, 0, TimeSpan.Zero);

    private readonly byte[] append;
    private readonly RecallResponse recall;
    private readonly Message[] messages;

    /// <summary>Messages of the corpus.</summary>
    public JsonBenchmarks()
    {
        var corpus = new Corpus(Answered);
        append = Encoding.UTF8.GetBytes($$"""{"resourceId":"user-1","messages":[{"role":"user","content":"{{corpus.Text(0)}}"}]}""");
        messages = [.. Enumerable.Range(1, Answered).Select(position => new Message
        {
            ThreadId = "thread-1",
            Id = position.ToString(CultureInfo.InvariantCulture),
            Position = position,
            Role = MessageRole.User,
            Content = MessageContent.FromText(corpus.Text(position)),
            CreatedAt = Time,
        })];
        recall = new RecallResponse(
            [.. messages.Select(message => new MessageResponse(message.Id, message.ThreadId, message.Position, "user", null, message.Content.Json, message.CreatedAt, null, "recent"))],
            Prompt: null, new RecallUsage(Answered, 1_000, Estimated: true), PendingEmbeddings: 0, Append: null, Explain: null);
    }

    /// <summary>The body of an append of one message of 30 words.</summary>
    [Benchmark]
    public object? ReadAppend() => JsonSerializer.Deserialize(append, HttpJson.Api.AppendRequest);

    /// <summary>The answer of a recall, 37 messages.</summary>
    [Benchmark]
    public byte[] WriteRecall() => JsonSerializer.SerializeToUtf8Bytes(recall, HttpJson.Api.RecallResponse);

    /// <summary>The tokens of these 37, exactly, as a budget has them counted.</summary>
    [Benchmark]
    public int CountTokens() => messages.Sum(TokenCounter.Count);

    /// <summary>The same as estimated without a budget, of messages just read from a store.</summary>
    [Benchmark]
    public int EstimateTokens() => messages.Sum(message => TokenCounter.Estimate(message with { Content = MessageContent.FromStore(message.Content.Json.Text) }));
}
