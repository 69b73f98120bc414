using Memory.Conformance;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The suite over a database in memory.</summary>
public sealed class KeyStoreInMemoryTests : KeyStoreConformance<LibSqlKeyStore>
{
    protected override Task<Backend> CreateAsync() => LibSqlBackends.InMemoryAsync();
}
