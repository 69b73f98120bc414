using Memory.Conformance;

namespace Memory.Storage.Upstash.Tests;

/// <summary>Backends of one test's own.</summary>
internal static class UpstashBackends
{
    /// <summary>Messages and operations in Redis, and no vectors.</summary>
    public static async Task<Backend> WordsAsync()
    {
        var test = await TestServices.StartAsync();
        return Over(test.Services, test.DisposeAsync);
    }

    private static Backend Over(UpstashServices services, Func<ValueTask> release) => new(
        new UpstashMessageStore(services), new UpstashSearchIndex(services, TimeProvider.System), new UpstashEmbeddingStore(services), new UpstashOperationStore(services), release);
}
