using Memory.Core;
using Microsoft.Extensions.AI;

namespace Memory.Embeddings.Tests;

/// <summary>A generator that answers as a test says, and keeps what it was asked.</summary>
internal sealed class Scripted(Func<IReadOnlyList<string>, IEnumerable<float[]>>? answer = null) : IEmbeddingGenerator<string, Embedding<float>>
{
    public List<string[]> Calls { get; } = [];

    public bool IsDisposed { get; private set; }

    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string[] texts = [.. values];
        Calls.Add(texts);
        try
        {
            var vectors = (answer ?? (all => all.Select(VectorOf)))(texts).ToArray();
            return Task.FromResult(new GeneratedEmbeddings<Embedding<float>>(vectors.Select(vector => new Embedding<float>(vector)))
            {
                Usage = new UsageDetails { InputTokenCount = texts.Length },
            });
        }
        catch (EmbeddingException exception)
        {
            return Task.FromException<GeneratedEmbeddings<Embedding<float>>>(exception);
        }
    }

    public static float[] VectorOf(string text) => [text.Length, text.Length == 0 ? 0 : text[0]];

    public static EmbeddingException Fault(bool isTransient = true, TimeSpan? retryAfter = null) => new("scripted", isTransient, "scripted fault", retryAfter);

    public static EmbeddingException Refusal() => new("scripted", isTransient: false, "scripted refusal", inner: new RefusedInputException(400));

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata("scripted", null, "scripted-model", 2) : null;

    public void Dispose() => IsDisposed = true;
}
