using Memory.Conformance;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over messages in Redis and vectors in an index of vectors.</summary>
public sealed class EmbeddingStoreTests : EmbeddingStoreConformance<UpstashEmbeddingStore>
{
    protected override bool IsSplit => true;

    protected override Task<Backend> CreateAsync() => UpstashBackends.WithVectorAsync();
}
