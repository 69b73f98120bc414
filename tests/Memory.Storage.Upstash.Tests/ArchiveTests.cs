using Memory.Conformance;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over Redis alone, which keeps no vectors.</summary>
public sealed class ArchiveTests : ArchiveConformance<UpstashArchive>
{
    protected override bool KeepsVectors => false;

    protected override Task<Backend> CreateAsync() => UpstashBackends.WordsAsync();
}
