using Memory.Conformance;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over Redis.</summary>
public sealed class KeyStoreTests : KeyStoreConformance<UpstashKeyStore>
{
    protected override Task<Backend> CreateAsync() => UpstashBackends.WordsAsync();
}
