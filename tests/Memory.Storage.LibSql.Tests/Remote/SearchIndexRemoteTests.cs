using Memory.Conformance;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The suite over a database on a server.</summary>
public sealed class SearchIndexRemoteTests : SearchIndexConformance<LibSqlSearchIndex>
{
    protected override Task<Backend> CreateAsync() => TestServer.BackendAsync();
}
