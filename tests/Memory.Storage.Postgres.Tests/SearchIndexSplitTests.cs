using Memory.Conformance;
using Memory.Core;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The suite over messages in one schema and their vectors in another.</summary>
public sealed class SearchIndexSplitTests : SearchIndexConformance<SplitSearchIndex>
{
    protected override Task<Backend> CreateAsync() => TestDatabase.SplitAsync();
}
