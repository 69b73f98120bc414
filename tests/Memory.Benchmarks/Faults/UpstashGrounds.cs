using Memory.Fakes;

namespace Memory.Benchmarks.Faults;

/// <summary>Upstash: stand-ins of both its services, in front of a real Redis.</summary>
internal static class UpstashGrounds
{
    private const string Variable = "MEMORY_TEST_REDIS";
    private const int Rate = 4;

    private static readonly UpstashFault[] Faults =
    [
        UpstashFault.Cut, UpstashFault.Cut.AfterApplying, UpstashFault.HalfAnswer, UpstashFault.Answer(429, retryAfter: TimeSpan.FromSeconds(1)), UpstashFault.Answer(500),
        UpstashFault.Answer(500).AfterApplying, UpstashFault.Answer(503), UpstashFault.Answer(200, "<html>A proxy's page.</html>").AfterApplying,
    ];

    /// <summary>Services with names of its own in the Redis that is there, whose requests and answers are lost, refused or late now and then.</summary>
    public static async Task<Ground> ServicesAsync() => await StartAsync(TestServer.Find(Variable), StrikeAsync, () => ValueTask.CompletedTask);

    /// <summary>Services with a Redis of its own, which keeps every write before it answers, and is killed and started again.</summary>
    public static async Task<Ground> RedisAsync()
    {
        var server = TestServer.Own(await RedisServer.StartAsync(), Variable);
        await server.KeepEverythingAsync();
        return await StartAsync(server.Address, async (_, _, random, over) =>
        {
            await server.KillAsync();
            await random.PauseAsync(0, 300, over);
            await server.RestartAsync();
        }, server.DisposeAsync);
    }

    private static async Task<Ground> StartAsync(string address, Func<UpstashRedisProxy, FakeUpstashVector, Random, CancellationToken, Task> strike, Func<ValueTask> release)
    {
        var redis = await UpstashRedisProxy.StartAsync(new UpstashRedisProxyOptions { Redis = address });
        var vector = await FakeUpstashVector.StartAsync(new FakeUpstashVectorOptions { Dimensions = ServersTarget.Dimensions, IndexDelay = TimeSpan.FromMilliseconds(50) });
        var prefix = $"bench-{Guid.NewGuid():N}";
        return new Ground(
            new Dictionary<string, string>
            {
                ["Memory__Storage__Backend"] = "upstash",
                ["Memory__Upstash__Prefix"] = prefix,
                ["UPSTASH_REDIS_REST_URL"] = redis.Url,
                ["UPSTASH_REDIS_REST_TOKEN"] = redis.Token,
                ["UPSTASH_VECTOR_REST_URL"] = vector.Url,
                ["UPSTASH_VECTOR_REST_TOKEN"] = vector.Token,
            },
            (random, over) => strike(redis, vector, random, over),
            async () =>
            {
                await redis.RemoveAsync(prefix);
                await redis.DisposeAsync();
                await vector.DisposeAsync();
                await release();
            });
    }

    // A part of the requests of either service, for a while: often enough that every retry of the product's is used up now and then.
    private static async Task StrikeAsync(UpstashRedisProxy redis, FakeUpstashVector vector, Random random, CancellationToken over)
    {
        var fault = Faults[random.Next(Faults.Length)];
        var seed = random.Next();
        FakeUpstash[] services = random.Next(3) switch { 0 => [redis], 1 => [vector], _ => [redis, vector] };
        foreach (var service in services)
        {
            service.Latency = TimeSpan.FromMilliseconds(random.Next(20));
            service.Fault = request => (request.Number + seed) % Rate != 0 ? fault : null;
        }

        await random.PauseAsync(100, 500, over);
        foreach (var service in services)
        {
            service.Latency = TimeSpan.Zero;
            service.Recover();
        }
    }
}
