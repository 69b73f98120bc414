using Memory.Conformance;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The suite over a schema of its own.</summary>
public sealed class KeyStoreTests : KeyStoreConformance<PostgresKeyStore>
{
    protected override Task<Backend> CreateAsync() => TestDatabase.BackendAsync();
}
