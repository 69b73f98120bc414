using Memory.Conformance;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The suite over a database on a server that asks for a token.</summary>
public sealed class KeyStoreTokenTests : KeyStoreConformance<LibSqlKeyStore>
{
    protected override Task<Backend> CreateAsync() => TestServer.BackendAsync(guarded: true);
}
