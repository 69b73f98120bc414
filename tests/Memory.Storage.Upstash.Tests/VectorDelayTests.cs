using Memory.Conformance;
using Memory.Fakes;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static Memory.Storage.Upstash.Tests.VectorSample;

namespace Memory.Storage.Upstash.Tests;

/// <summary>What is found while the index has not caught up with what was written.</summary>
public sealed class VectorDelayTests
{
    private readonly FakeTimeProvider clock = new(Noon);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_put_is_found_at_once_by_the_same_process_and_later_by_all()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions());
        var (mine, other) = (new UpstashVectorIndex(services.Services, clock), new UpstashVectorIndex(services.Connect(), clock));
        await mine.PutAsync(Vectors.Space, "r", [Entry("t", "a", 10)], Token);

        Assert.Equal(["a"], await mine.FindAsync(InThread("t")));
        Assert.Equal(["a"], await mine.FindAsync(InResource("r")));
        Assert.Empty(await other.FindAsync(InThread("t")));

        services.Vector.Index();
        clock.Advance(RecentVectors.Kept * 2);
        Assert.Equal(["a"], await mine.FindAsync(InThread("t")));
        Assert.Equal(["a"], await other.FindAsync(InThread("t")));
    }

    [Fact]
    public async Task What_was_removed_is_gone_at_once_and_back_when_it_is_put_again()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions());
        var index = new UpstashVectorIndex(services.Services, clock);
        await index.PutAsync(Vectors.Space, "r", [Entry("t", "a", 10), Entry("t", "b", 20), Entry("u", "c", 30)], Token);
        services.Vector.Index();
        clock.Advance(RecentVectors.Kept * 2);
        Assert.Equal(["a", "b", "c"], await index.FindAsync(InResource("r")));

        await index.RemoveAsync("t", [Content("t", "a")], Token);
        Assert.Equal(["b", "c"], await index.FindAsync(InResource("r")));
        await index.RemoveMessageAsync("t", "b", Token);
        Assert.Equal(["c"], await index.FindAsync(InResource("r")));
        await index.RemoveResourceAsync("r", Token);
        Assert.Empty(await index.FindAsync(InResource("r")));

        await index.PutAsync(Vectors.Space, "r", [Entry("t", "a", 40)], Token);
        Assert.Equal(["a"], await index.FindAsync(InResource("r")));
    }

    [Fact]
    public async Task Vectors_that_were_put_after_a_removal_outlive_what_is_remembered_of_them()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions { IndexDelay = TimeSpan.Zero });
        var index = new UpstashVectorIndex(services.Services, new RecentVectors(clock, most: 3));
        await index.RemoveThreadAsync("t", Token);
        await index.PutAsync(Vectors.Space, "r", Entries("t", 10), Token);

        Assert.Equal(10, (await index.FindAsync(InThread("t"))).Count);
    }

    [Fact]
    public async Task What_was_put_anew_stands_over_what_the_index_has()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions());
        var index = new UpstashVectorIndex(services.Services, clock);
        await index.PutAsync(Vectors.Space, "r", [Entry("t", "a", 10), Entry("t", "b", 20)], Token);
        services.Vector.Index();
        await index.PutAsync(Vectors.Space, "r", [Entry("t", "a", 30)], Token);

        Assert.Equal(["b", "a"], await index.FindAsync(InThread("t")));
    }

    [Fact]
    public void What_is_remembered_is_bounded_in_number_and_age()
    {
        var recent = new RecentVectors(clock, most: 100);
        for (var i = 0; i < 50; i++)
        {
            recent.Add("ns", [.. Entries($"t{i}", 10).SelectMany(entry => StoredVector.Of(entry, "r", 3))]);
        }

        Assert.Equal(100, recent.Search("ns", InResource("r")).Count);
        Assert.Equal(10, recent.Search("ns", InThread("t49")).Count);
        Assert.Empty(recent.Search("ns", InThread("t0")));
        clock.Advance(RecentVectors.Kept + TimeSpan.FromSeconds(1));
        Assert.Empty(recent.Search("ns", InResource("r")));
    }
}
