using Memory.Conformance;
using Memory.Core;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The suite over messages in one database on a server and their vectors in another.</summary>
public sealed class ArchiveRemoteSplitTests : ArchiveConformance<SplitArchive>
{
    protected override Task<Backend> CreateAsync() => TestServer.SplitAsync();
}
