using Memory.Conformance;
using Memory.Core;
using Microsoft.Extensions.AI;

namespace Memory.Storage.Postgres.Tests;

/// <summary>An embedder for which all texts are the same.</summary>
internal sealed class FixedEmbedder : IEmbeddingGenerator<string, Embedding<float>>
{
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new GeneratedEmbeddings<Embedding<float>>(values.Select(_ => new Embedding<float>(Vectors.At(45)))));

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata("test", null, "test-model", 3) : null;

    public void Dispose()
    {
        // Nothing is held.
    }
}

/// <summary>A worker that is never told anything of use.</summary>
internal sealed class NoWorker : IEmbeddingSignal
{
    public Task AnnounceAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
}
