using Memory.Conformance;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The suite over a database on a server.</summary>
public sealed class VectorIndexRemoteTests : VectorIndexConformance<LibSqlVectorIndex>
{
    protected override Task<(LibSqlVectorIndex Index, Func<ValueTask> Release)> CreateAsync() => TestServer.VectorsAsync();
}
