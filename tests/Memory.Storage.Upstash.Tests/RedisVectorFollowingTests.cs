using Memory.Conformance;
using Memory.Core;
using Xunit;
using static Memory.Storage.Upstash.Tests.VectorSample;

namespace Memory.Storage.Upstash.Tests;

/// <summary>Vectors in Redis that several instances have in memory: each follows what the others change.</summary>
public sealed class RedisVectorFollowingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_warm_search_is_one_request_for_what_has_changed()
    {
        await using var services = await TestServices.StartAsync();
        var (writer, reader) = (new RedisVectorIndex(services.Services), new RedisVectorIndex(services.Connect()));
        await writer.PutAsync(Vectors.Space, "r", Entries("t", 500, from: 5), Token);
        Assert.Equal(1, services.Redis.Requests);
        await reader.FindAsync(InThread("t"));
        services.Redis.Reset();

        Assert.Equal("m0", (await reader.FindAsync(InThread("t")))[0]);
        Assert.Equal("m0", (await reader.FindAsync(InResource("r")))[0]);
        Assert.Equal(2, services.Redis.Requests);
        Assert.InRange(services.Redis.ResponseBytes, 1, 500);
        Assert.Equal(5, services.Redis.Billed);

        await writer.PutAsync(Vectors.Space, "r", [Entry("t", "near", 0)], Token);
        services.Redis.Reset();
        Assert.Equal("near", (await reader.FindAsync(InResource("r")))[0]);
        Assert.Equal(1, services.Redis.Requests);
        Assert.InRange(services.Redis.ResponseBytes, 1, 1_000);
    }

    [Fact]
    public async Task Removals_reach_who_has_it_in_memory()
    {
        await using var services = await TestServices.StartAsync();
        var (writer, reader) = (new RedisVectorIndex(services.Services), new RedisVectorIndex(services.Connect()));
        await writer.PutAsync(Vectors.Space, "r", [Entry("t", "a", 10), Entry("t", "b", (float[])[.. Vectors.At(20), .. Vectors.At(60)]), Entry("u", "c", 30), Entry("u", "d", 40)], Token);
        Assert.Equal(["a", "b", "c", "d"], await reader.FindAsync(InResource("r")));

        await writer.RemoveAsync("t", [Content("t", "b")], Token);
        Assert.Equal(["a", "c", "d"], await reader.FindAsync(InResource("r")));
        await writer.RemoveMessageAsync("u", "c", Token);
        Assert.Equal(["a", "d"], await reader.FindAsync(InResource("r")));
        await writer.RemoveThreadAsync("u", Token);
        Assert.Equal(["a"], await reader.FindAsync(InResource("r")));
        await writer.RemoveThreadAsync("t", Token);
        Assert.Empty(await reader.FindAsync(InResource("r")));
        await writer.PutAsync(Vectors.Space, "r", [Entry("t", "e", 10)], Token);
        Assert.Equal(["e"], await reader.FindAsync(InResource("r")));
        await writer.RemoveResourceAsync("r", Token);
        Assert.Empty(await reader.FindAsync(InResource("r")));
        Assert.Equal(["vn", "vs"], await services.KeysAsync());
    }

    [Fact]
    public async Task More_removals_than_are_remembered_reach_who_has_it_in_memory()
    {
        await using var services = await TestServices.StartAsync();
        var (writer, reader) = (new RedisVectorIndex(services.Services), new RedisVectorIndex(services.Connect()));
        await writer.PutAsync(Vectors.Space, "r", [.. Entries("u", 30, from: 50), .. Entries("t", 2_500)], Token);
        Assert.Equal(2_530, (await reader.FindAsync(InResource("r", 5_000))).Count);

        await writer.RemoveThreadAsync("t", Token);

        Assert.Equal(30, (await reader.FindAsync(InResource("r", 5_000))).Count);
        await writer.PutAsync(Vectors.Space, "r", [Entry("t", "m7", 0)], Token);
        Assert.Equal(["m7"], await reader.FindAsync(InThread("t")));
        Assert.Equal(31, (await new RedisVectorIndex(services.Connect()).FindAsync(InResource("r", 5_000))).Count);
    }

    [Fact]
    public async Task Beyond_the_bound_the_oldest_are_dropped_everywhere()
    {
        await using var services = await TestServices.StartAsync(change: options => options.Vector.MaxVectorsInRedis = 5);
        var (writer, reader) = (new RedisVectorIndex(services.Services), new RedisVectorIndex(services.Connect()));
        await writer.PutAsync(Vectors.Space, "r", Entries("t", 4, from: 10, step: 1), Token);
        Assert.Equal(4, (await reader.FindAsync(InThread("t"))).Count);

        await writer.PutAsync(Vectors.Space, "r", Entries("u", 4, from: 20, step: 1), Token);

        Assert.Equal(["m3", "m0", "m1", "m2", "m3"], await reader.FindAsync(InResource("r")));
        Assert.Equal(["m3", "m0", "m1", "m2", "m3"], await new RedisVectorIndex(services.Connect()).FindAsync(InResource("r")));
        await writer.PutAsync(Vectors.Space, "r", Entries("v", 12, from: 30, step: 1), Token);
        Assert.Equal(["m7", "m8", "m9", "m10", "m11"], await reader.FindAsync(InResource("r")));
    }

    [Fact]
    public async Task A_cold_read_comes_in_answers_that_fit()
    {
        await using var services = await TestServices.StartAsync(change: options => options.MaxCommandBytes = 1_000_000, redis: options => options with { MaxCommandBytes = 1_000_000 });
        var space = new EmbeddingSpace("wide", 1_024);
        var entries = Enumerable.Range(0, 1_200).Select(i => Entry("t", $"m{i}", Vectors.Random(i, 1_024))).ToArray();
        await new RedisVectorIndex(services.Services).PutAsync(space, "r", entries, Token);
        var reader = new RedisVectorIndex(services.Connect());

        var found = (await reader.SearchAsync(new NearestQuery(new QueryVector(space, entries[77].Values), "t", null, null, 5_000), Token)).Contents;

        Assert.Equal(1_200, found.Count);
        Assert.Equal("m77", found[0].Content.MessageId);
        Assert.All(found, near => Assert.Equal(Dot(entries[77], entries[int.Parse(near.Content.MessageId[1..], System.Globalization.CultureInfo.InvariantCulture)]), near.Cosine, 0.01));
        Assert.All(services.Redis.Log, request => Assert.Equal(200, request.Status));
    }

    [Fact]
    public async Task A_database_that_lost_everything_is_followed_from_the_beginning()
    {
        await using var services = await TestServices.StartAsync();
        var (writer, reader) = (new RedisVectorIndex(services.Services), new RedisVectorIndex(services.Connect()));
        await writer.PutAsync(Vectors.Space, "r", Entries("t", 100), Token);
        Assert.Equal(100, (await reader.FindAsync(InThread("t", 200))).Count);
        var keys = await services.KeysAsync();
        await services.Services.Redis.CommandAsync("lose everything", ["DEL", .. keys.Select(key => $"{services.Prefix}:{key}")], _ => 0, Token);

        await writer.PutAsync(Vectors.Space, "r", [Entry("t", "new", 10)], Token);

        Assert.Equal(["new"], await reader.FindAsync(InResource("r")));
        Assert.Equal(["new"], await reader.FindAsync(InThread("t")));
    }

    [Fact]
    public async Task Other_spaces_go_with_however_many_resources_they_have()
    {
        await using var services = await TestServices.StartAsync();
        var index = new RedisVectorIndex(services.Services);
        foreach (var number in Enumerable.Range(0, 45))
        {
            await index.PutAsync(new EmbeddingSpace("before", 3), $"r{number}", [Entry($"t{number}", "m", 10)], Token);
        }

        await index.PutAsync(Vectors.Space, "r", [Entry("t", "m", 10)], Token);
        await index.KeepOnlyAsync(Vectors.Space, Token);

        Assert.Equal(6, (await services.KeysAsync()).Length); // v, vl, vo, vr, vn and vs
        Assert.Equal(["m"], await index.FindAsync(InThread("t")));
    }

    [Fact]
    public async Task Many_at_once_end_with_the_same()
    {
        await using var services = await TestServices.StartAsync(change: options => options.Vector.MaxVectorsInRedis = 5_000);
        RedisVectorIndex[] instances = [.. Enumerable.Range(0, 3).Select(_ => new RedisVectorIndex(services.Connect()))];
        await Task.WhenAll(Enumerable.Range(0, 12).Select(worker => Task.Run(
            async () =>
            {
                var index = instances[worker % 3];
                for (var round = 0; round < 15; round++)
                {
                    await index.PutAsync(Vectors.Space, "r", [.. Enumerable.Range(0, 20).Select(i => Entry($"t{worker}", $"m{round}-{i}", worker + (i * 0.1)))], Token);
                    await index.RemoveAsync($"t{worker}", [.. Enumerable.Range(0, 10).Select(i => Content($"t{worker}", $"m{round}-{i}"))], Token);
                    Assert.Equal((round + 1) * 10, (await index.FindAsync(InThread($"t{worker}", 1_000))).Count);
                }
            },
            Token)));

        foreach (var index in instances)
        {
            Assert.Equal(1_800, (await index.FindAsync(InResource("r", 5_000))).Count);
        }
    }

    private static double Dot(VectorEntry one, VectorEntry other) => one.Values.ToArray().Zip(other.Values.ToArray(), (a, b) => (double)a * b).Sum();
}
