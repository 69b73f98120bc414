using Memory.Conformance;
using Memory.Core;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The suite over messages in one database and their vectors in another.</summary>
public sealed class ArchiveSplitTests : ArchiveConformance<SplitArchive>
{
    protected override Task<Backend> CreateAsync() => LibSqlBackends.SplitAsync();
}
