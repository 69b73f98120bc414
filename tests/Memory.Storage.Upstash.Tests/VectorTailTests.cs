using Memory.Conformance;
using Memory.Fakes;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over an index that indexes nothing as long as the test runs, so that everything is found by what the process remembers.</summary>
public sealed class VectorTailTests : VectorIndexConformance<UpstashVectorIndex>
{
    protected override async Task<(UpstashVectorIndex Index, Func<ValueTask> Release)> CreateAsync()
    {
        var services = await TestServices.StartAsync(new FakeUpstashVectorOptions { ReadsSeePending = false });
        return (new UpstashVectorIndex(services.Services, new RecentVectors(TimeProvider.System, most: 5_000)), services.DisposeAsync);
    }
}
