using Memory.Conformance;

namespace Memory.Storage.Upstash.Tests;

public sealed class MessageStoreTests : MessageStoreConformance<UpstashMessageStore>
{
    protected override Task<Backend> CreateAsync() => UpstashBackends.WordsAsync();
}
