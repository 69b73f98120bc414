using Memory.Conformance;
using Memory.Core;
using Memory.Fakes;
using Xunit;
using static Memory.Storage.Upstash.Tests.VectorSample;

namespace Memory.Storage.Upstash.Tests;

/// <summary>How an index is asked: how often, for how much, and what when it answers with less.</summary>
public sealed class VectorRequestTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_put_of_a_thousand_and_a_search_are_one_request_each()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions { IndexDelay = TimeSpan.Zero });
        var index = new UpstashVectorIndex(services.Services, TimeProvider.System);

        await index.PutAsync(Vectors.Space, "r", Entries("t", 1_000), Token);
        await index.FindAsync(InThread("t", 100));

        Assert.Equal(["/upsert", "/query"], services.Vector.Log.Select(request => request.Path.LastIndexOf('/') is > 0 and var end ? request.Path[..end] : request.Path));
        Assert.All(services.Vector.Log, request => Assert.Equal("POST", request.Method));
        Assert.Equal(0, services.Redis.Requests);
    }

    [Fact]
    public async Task A_put_is_split_by_bytes_as_well()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions { Dimensions = 1_536 });
        var index = new UpstashVectorIndex(services.Services, TimeProvider.System);
        var space = new EmbeddingSpace("large", 1_536);
        var values = Vectors.Random(7, 1_536);

        await index.PutAsync(space, "r", [.. Enumerable.Range(0, 900).Select(i => Entry("t", $"m{i}", values))], Token);

        Assert.InRange(services.Vector.Requests, 2, 3);
        Assert.All(services.Vector.Log, request => Assert.InRange(request.RequestBytes, 1, 8_100_000));
        Assert.Equal(900, services.Vector.Log.Sum(request => request.VectorsWritten));
    }

    [Fact]
    public async Task A_long_message_does_not_crowd_out_the_others()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions());
        var index = WithoutTail(services);
        float[] chunks = [.. Enumerable.Range(0, 600).SelectMany(i => Vectors.At(i * 0.01))];
        await index.PutAsync(Vectors.Space, "r", [Entry("t", "long", chunks), .. Entries("t", 600, from: 20)], Token);
        services.Vector.Index();
        services.Vector.Reset();

        Assert.Equal(["long", "m0", "m1", "m2", "m3"], await index.FindAsync(InThread("t", 5)));
        Assert.Equal(500, (await index.FindAsync(InThread("t", 500))).Count);
        Assert.Equal(0, services.Vector.ActiveQueries);
    }

    [Fact]
    public async Task What_a_filter_passes_over_is_found_when_more_is_asked_for()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions { FilterBudget = 50 });
        var index = WithoutTail(services);
        await index.PutAsync(Vectors.Space, "r", [.. Entries("other", 500), .. Entries("t", 20, from: 90)], Token);
        services.Vector.Index();

        var few = await index.SearchAsync(InThread("t"), Token);
        Assert.False(few.IsComplete);
        Assert.Empty(few.Contents);

        var all = await index.SearchAsync(InThread("t", 2_000), Token);
        Assert.True(all.IsComplete);
        Assert.Equal(20, all.Contents.Count);
        Assert.Equal(0, services.Vector.ActiveQueries);
    }

    [Theory]
    [InlineData("half")]
    [InlineData("cut after")]
    [InlineData("503")]
    public async Task A_search_that_goes_on_begins_again_when_an_answer_is_lost(string fault)
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions { FilterBudget = 400 });
        var index = WithoutTail(services);
        await index.PutAsync(Vectors.Space, "r", Entries("t", 1_000), Token);
        services.Vector.Index();
        services.Vector.FailWith(Upset.Of(fault), next: 1, request => request.Path == "/resumable-query-next");

        var all = await index.SearchAsync(InThread("t", 5_000), Token);

        Assert.True(all.IsComplete);
        Assert.Equal(1_000, all.Contents.Count);
        Assert.Equal(0, services.Vector.ActiveQueries);
    }

    [Fact]
    public async Task A_search_that_goes_on_is_ended_even_if_that_fails_or_the_search_does()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions { FilterBudget = 4, MaxResumableQueries = 1 });
        var index = WithoutTail(services);
        await index.PutAsync(Vectors.Space, "r", Entries("t", 10), Token);
        services.Vector.Index();

        services.Vector.FailWith(Upset.Of("503"), when: request => request.Path == "/resumable-query-next");
        Assert.True((await Assert.ThrowsAsync<MemoryStoreException>(() => index.SearchAsync(InThread("t", 5_000), Token))).IsTransient);
        Assert.Equal(0, services.Vector.ActiveQueries);

        services.Vector.FailWith(Upset.Of("503"), when: request => request.Path == "/resumable-query-end");
        Assert.Equal(10, (await index.FindAsync(InThread("t", 5_000))).Count);
        Assert.Equal(1, services.Vector.ActiveQueries);
        Assert.False((await Assert.ThrowsAsync<MemoryStoreException>(() => index.SearchAsync(InThread("t", 5_000), Token))).IsTransient); // no room for another
    }

    [Fact]
    public async Task A_time_is_exact_to_the_microsecond()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions());
        var index = WithoutTail(services);
        await index.PutAsync(
            Vectors.Space, "r",
            [.. Enumerable.Range(0, 5).Select(i => Entry("t", $"m{i}", i * 10.0) with { CreatedAt = Noon.AddMicroseconds(i) }), Entry("t", "old", 80) with { CreatedAt = new(1801, 2, 3, 4, 5, 6, TimeSpan.Zero) }], Token);
        services.Vector.Index();

        Assert.Equal(["m2", "m3"], await index.FindAsync(InThread("t") with { Filter = new MessageFilter { From = Noon.AddMicroseconds(2), To = Noon.AddMicroseconds(3) } }));
        Assert.Equal(["old"], await index.FindAsync(InThread("t") with { Filter = new MessageFilter { From = new(1700, 1, 1, 0, 0, 0, TimeSpan.Zero), To = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero) } }));
    }

    [Fact]
    public async Task Environments_in_one_index_leave_each_other_alone()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions { IndexDelay = TimeSpan.Zero });
        var next = new EmbeddingSpace("next", 3);
        List<UpstashVectorIndex> indexes = [];
        foreach (var prefix in (string[])["app", "app.a", "app:a", "app-a"])
        {
            indexes.Add(new UpstashVectorIndex(services.Connect(options => options.Prefix = prefix), new RecentVectors(TimeProvider.System, most: 0)));
            await indexes[^1].PutAsync(Vectors.Space, "r", [Entry("t", prefix, 10)], Token);
        }

        Assert.Equal(4, services.Vector.Namespaces.Count(name => name.Length > 0));
        await indexes[0].RemoveResourceAsync("r", Token);
        await indexes[1].KeepOnlyAsync(next, Token);

        Assert.Empty(await indexes[0].FindAsync(InThread("t")));
        Assert.Empty(await indexes[1].FindAsync(InThread("t")));
        Assert.Equal(["app:a"], await indexes[2].FindAsync(InThread("t")));
        Assert.Equal(["app-a"], await indexes[3].FindAsync(InThread("t")));
    }

    [Fact]
    public void No_text_of_a_caller_is_part_of_a_filter()
    {
        var filter = VectorFilterText.Of(InResource("' OR r != '") with { Filter = new MessageFilter { Roles = [MessageRole.User, MessageRole.Tool], From = Noon, To = Noon } });

        Assert.Matches("^r = '[0-9a-f]{24}' AND p IN \\('user', 'tool'\\) AND s >= 1893499200000 AND s <= 1893499200000$", filter);
    }

    private static UpstashVectorIndex WithoutTail(TestServices services) => new(services.Services, new RecentVectors(TimeProvider.System, most: 0));
}
