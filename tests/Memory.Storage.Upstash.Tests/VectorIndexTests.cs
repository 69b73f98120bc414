using Memory.Conformance;
using Memory.Fakes;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over an index that has done its work before each search.</summary>
public sealed class VectorIndexTests : VectorIndexConformance<UpstashVectorIndex>
{
    private TestServices? services;

    protected override async Task<(UpstashVectorIndex Index, Func<ValueTask> Release)> CreateAsync()
    {
        services = await TestServices.StartAsync(new FakeUpstashVectorOptions());

        // No tail, so that the index itself has to answer.
        return (new UpstashVectorIndex(services.Services, new RecentVectors(TimeProvider.System, most: 0)), services.DisposeAsync);
    }

    protected override Task SettleAsync()
    {
        services?.Vector.Index();
        return Task.CompletedTask;
    }
}
