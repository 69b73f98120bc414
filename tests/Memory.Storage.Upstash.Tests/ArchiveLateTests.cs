using Memory.Conformance;
using Memory.Core;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over messages in Redis and vectors in an index that is late.</summary>
public sealed class ArchiveLateTests : ArchiveConformance<SplitArchive>
{
    protected override Task<Backend> CreateAsync() => UpstashBackends.WithLateVectorAsync();
}
