using Memory.Conformance;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The suite over a schema of its own.</summary>
public sealed class OperationStoreTests : OperationStoreConformance<PostgresOperationStore>
{
    protected override Task<Backend> CreateAsync() => TestDatabase.BackendAsync();
}
