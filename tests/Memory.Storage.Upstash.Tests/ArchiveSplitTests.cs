using Memory.Conformance;
using Memory.Core;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over messages in Redis and vectors in an index of vectors.</summary>
public sealed class ArchiveSplitTests : ArchiveConformance<SplitArchive>
{
    protected override Task<Backend> CreateAsync() => UpstashBackends.WithVectorAsync();
}
