using Memory.Conformance;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The suite over vectors of 16 bits a number, which the default is.</summary>
public sealed class EmbeddingStoreHalfTests : EmbeddingStoreConformance<PostgresEmbeddingStore>
{
    // Eleven bits of precision for each of three numbers.
    protected override double CosineTolerance => 2e-3;

    protected override Task<Backend> CreateAsync() => TestDatabase.BackendAsync();
}
