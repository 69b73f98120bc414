using Memory.Conformance;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over messages in Redis and vectors in an index that is late.</summary>
public sealed class EmbeddingStoreLateTests : EmbeddingStoreConformance<UpstashEmbeddingStore>
{
    protected override bool IsSplit => true;

    protected override Task<Backend> CreateAsync() => UpstashBackends.WithLateVectorAsync();
}
