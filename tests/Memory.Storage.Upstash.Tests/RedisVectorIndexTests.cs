using Memory.Conformance;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over vectors in a real Redis.</summary>
public sealed class RedisVectorIndexTests : VectorIndexConformance<RedisVectorIndex>
{
    protected override double Tolerance => 0.01;

    protected override async Task<(RedisVectorIndex Index, Func<ValueTask> Release)> CreateAsync()
    {
        var services = await TestServices.StartAsync();
        return (new RedisVectorIndex(services.Services), services.DisposeAsync);
    }
}
