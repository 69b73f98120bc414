using Memory.Conformance;
using Memory.Core;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over messages and vectors in Redis, these as 8-bit numbers.</summary>
public sealed class ArchiveRedisTests : ArchiveConformance<SplitArchive>
{
    protected override double VectorTolerance => 2e-2;

    protected override Task<Backend> CreateAsync() => UpstashBackends.WithRedisVectorsAsync();
}
