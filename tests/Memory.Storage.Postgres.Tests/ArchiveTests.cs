using Memory.Conformance;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The suite over vectors of 32 bits a number.</summary>
public sealed class ArchiveTests : ArchiveConformance<PostgresArchive>
{
    protected override Task<Backend> CreateAsync() => TestDatabase.BackendAsync(options => options.VectorType = VectorType.Vector);
}
