using Memory.Conformance;
using Memory.Core;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The suite over messages in one database and their vectors in another.</summary>
public sealed class MessageStoreSplitTests : MessageStoreConformance<SplitMessageStore>
{
    protected override Task<Backend> CreateAsync() => LibSqlBackends.SplitAsync();
}
