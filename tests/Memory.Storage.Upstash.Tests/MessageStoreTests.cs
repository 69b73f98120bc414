using Memory.Conformance;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over Redis.</summary>
public sealed class MessageStoreTests : MessageStoreConformance<UpstashMessageStore>
{
    protected override Task<Backend> CreateAsync() => UpstashBackends.WordsAsync();
}
