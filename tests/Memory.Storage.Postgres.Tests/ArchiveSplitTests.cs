using Memory.Conformance;
using Memory.Core;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The suite over messages in one schema and their vectors in another.</summary>
public sealed class ArchiveSplitTests : ArchiveConformance<SplitArchive>
{
    protected override Task<Backend> CreateAsync() => TestDatabase.SplitAsync(options => options.VectorType = VectorType.Vector);
}
