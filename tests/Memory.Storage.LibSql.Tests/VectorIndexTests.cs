using Memory.Conformance;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The suite over a database in memory.</summary>
public sealed class VectorIndexTests : VectorIndexConformance<LibSqlVectorIndex>
{
    protected override Task<(LibSqlVectorIndex Index, Func<ValueTask> Release)> CreateAsync() => LibSqlBackends.VectorsAsync();
}
