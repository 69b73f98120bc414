using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace Memory.Core.Tests;

/// <summary>An embedder that does what a test says, and remembers what it was asked.</summary>
internal sealed class ScriptedGenerator(string model = "test-model", int? dimensions = 3) : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly Lock gate = new();

    /// <summary>The texts of each call.</summary>
    public List<string[]> Calls { get; } = [];

    /// <summary>What to do with a call; a vector of its length along the first axis for each text unless told otherwise.</summary>
    public Func<string[], CancellationToken, Task<IEnumerable<float[]>>> Answer { get; set; } =
        (texts, _) => Task.FromResult(texts.Select(text => new float[] { text.Length, 0, 0 }));

    /// <summary>The use cases over it, embedding inline, where nothing may ask for stored vectors.</summary>
    public EmbedMessages Embed(TimeProvider clock, IEmbeddingSignal? signal = null)
    {
        var options = new EmbeddingOptions();
        return new(
            new Embedder(this, options), Mock.Of<IEmbeddingStore>(MockBehavior.Strict), signal ?? Mock.Of<IEmbeddingSignal>(MockBehavior.Strict), options, clock,
            NullLogger<EmbedMessages>.Instance);
    }

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        string[] texts = [.. values];
        lock (gate)
        {
            Calls.Add(texts);
        }

        return new((await Answer(texts, cancellationToken)).Select(vector => new Embedding<float>(vector)));
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata("test", null, model, dimensions) : null;

    public void Dispose()
    {
    }
}
