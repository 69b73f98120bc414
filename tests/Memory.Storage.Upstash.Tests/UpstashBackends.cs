using Memory.Conformance;
using Memory.Fakes;

namespace Memory.Storage.Upstash.Tests;

/// <summary>Backends of one test's own.</summary>
internal static class UpstashBackends
{
    /// <summary>Messages and operations in Redis, and no vectors.</summary>
    public static async Task<Backend> WordsAsync() => Over(await TestServices.StartAsync());

    /// <summary>The same, and vectors in an index of vectors that searches what it was given at once.</summary>
    public static Task<Backend> WithVectorAsync() => SplitAsync(TimeSpan.Zero);

    /// <summary>The same with an index that has not come to anything yet: only this process knows what it has put.</summary>
    public static Task<Backend> WithLateVectorAsync() => SplitAsync(indexDelay: null);

    /// <summary>The same with vectors in Redis too.</summary>
    public static async Task<Backend> WithRedisVectorsAsync()
    {
        var test = await TestServices.StartAsync();
        return Over(test).WithVectorsIn(new RedisVectorIndex(test.Services), () => ValueTask.CompletedTask);
    }

    /// <summary>Messages and operations over services that go with it.</summary>
    public static Backend Over(TestServices test) => new(
        new UpstashMessageStore(test.Services), new UpstashSearchIndex(test.Services, TimeProvider.System), new UpstashEmbeddingStore(test.Services),
        new UpstashOperationStore(test.Services), test.DisposeAsync, new UpstashArchive(test.Services), new UpstashKeyStore(test.Services));

    private static async Task<Backend> SplitAsync(TimeSpan? indexDelay)
    {
        var test = await TestServices.StartAsync(new FakeUpstashVectorOptions { IndexDelay = indexDelay });
        return Over(test).WithVectorsIn(new UpstashVectorIndex(test.Services, TimeProvider.System), () => ValueTask.CompletedTask);
    }
}
