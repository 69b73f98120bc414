using Memory.Conformance;
using Memory.Fakes;

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

    /// <summary>The same, and vectors in an index of vectors that searches what it was given at once.</summary>
    public static Task<Backend> WithVectorAsync() => SplitAsync(TimeSpan.Zero);

    /// <summary>The same with an index that has not come to anything yet: only this process knows what it has put.</summary>
    public static Task<Backend> WithLateVectorAsync() => SplitAsync(indexDelay: null);

    private static async Task<Backend> SplitAsync(TimeSpan? indexDelay)
    {
        var test = await TestServices.StartAsync(new FakeUpstashVectorOptions { IndexDelay = indexDelay });
        return Over(test.Services, test.DisposeAsync).WithVectorsIn(new UpstashVectorIndex(test.Services, TimeProvider.System), () => ValueTask.CompletedTask);
    }

    private static Backend Over(UpstashServices services, Func<ValueTask> release) => new(
        new UpstashMessageStore(services), new UpstashSearchIndex(services, TimeProvider.System), new UpstashEmbeddingStore(services), new UpstashOperationStore(services), release);
}
