using Memory.Conformance;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over messages and vectors in Redis, these as 8-bit numbers.</summary>
public sealed class EmbeddingStoreRedisTests : EmbeddingStoreConformance<UpstashEmbeddingStore>
{
    protected override bool IsSplit => true;

    protected override double CosineTolerance => 0.01;

    protected override Task<Backend> CreateAsync() => UpstashBackends.WithRedisVectorsAsync();
}
