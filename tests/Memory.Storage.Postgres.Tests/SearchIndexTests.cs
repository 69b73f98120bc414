using Memory.Conformance;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The suite over a schema of its own.</summary>
public sealed class SearchIndexTests : SearchIndexConformance<PostgresSearchIndex>
{
    protected override Task<Backend> CreateAsync() => TestDatabase.BackendAsync();
}
