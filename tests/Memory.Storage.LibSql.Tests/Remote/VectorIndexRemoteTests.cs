using Memory.Conformance;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The suite over a database on a server.</summary>
public sealed class VectorIndexRemoteTests : VectorIndexConformance<RemoteVectorIndex>
{
    protected override Task<(RemoteVectorIndex Index, Func<ValueTask> Release)> CreateAsync() => TestServer.VectorsAsync();
}
