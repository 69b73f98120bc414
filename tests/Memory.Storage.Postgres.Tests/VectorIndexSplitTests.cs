using Memory.Conformance;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The suite over vectors of 32 bits a number.</summary>
public sealed class VectorIndexSplitTests : VectorIndexConformance<PostgresVectorIndex>
{
    protected override Task<(PostgresVectorIndex Index, Func<ValueTask> Release)> CreateAsync() => TestDatabase.VectorsAsync(options => options.VectorType = VectorType.Vector);
}
