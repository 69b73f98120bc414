using Memory.Conformance;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The suite over vectors of 16 bits a number, which the default is.</summary>
public sealed class VectorIndexSplitHalfTests : VectorIndexConformance<PostgresVectorIndex>
{
    // Eleven bits of precision for each of three numbers.
    protected override double Tolerance => 2e-3;

    protected override Task<(PostgresVectorIndex Index, Func<ValueTask> Release)> CreateAsync() => TestDatabase.VectorsAsync();
}
