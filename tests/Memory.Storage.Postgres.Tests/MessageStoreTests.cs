using Memory.Conformance;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The suite over a schema of its own.</summary>
public sealed class MessageStoreTests : MessageStoreConformance<PostgresMessageStore>
{
    protected override Task<Backend> CreateAsync() => TestDatabase.BackendAsync();
}
