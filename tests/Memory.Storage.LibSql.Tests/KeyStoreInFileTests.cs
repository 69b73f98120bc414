using Memory.Conformance;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The suite over a database file.</summary>
public sealed class KeyStoreInFileTests : KeyStoreConformance<LibSqlKeyStore>
{
    protected override Task<Backend> CreateAsync() => LibSqlBackends.InFileAsync();
}
