using Memory.Conformance;
using Memory.Core;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The suite over messages in one database and their vectors in another.</summary>
public sealed class SearchIndexSplitTests : SearchIndexConformance<SplitSearchIndex>
{
    protected override Task<Backend> CreateAsync() => LibSqlBackends.SplitAsync();
}
