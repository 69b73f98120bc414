using Memory.Conformance;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The suite over a database on a server.</summary>
public sealed class KeyStoreRemoteTests : KeyStoreConformance<LibSqlKeyStore>
{
    protected override Task<Backend> CreateAsync() => TestServer.BackendAsync();
}
