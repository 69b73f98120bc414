using Memory.Conformance;

namespace Memory.Storage.Upstash.Tests;

public sealed class SearchIndexTests : SearchIndexConformance<UpstashSearchIndex>
{
    protected override Task<Backend> CreateAsync() => UpstashBackends.WordsAsync();
}
