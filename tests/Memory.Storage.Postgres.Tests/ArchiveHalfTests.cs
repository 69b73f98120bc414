using Memory.Conformance;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The suite over vectors of 16 bits a number, which the default is.</summary>
public sealed class ArchiveHalfTests : ArchiveConformance<PostgresArchive>
{
    // Eleven bits of precision.
    protected override double VectorTolerance => 1e-3;

    protected override Task<Backend> CreateAsync() => TestDatabase.BackendAsync();
}
