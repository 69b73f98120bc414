namespace Memory.Fakes.Tests;

public sealed class RedisOutageTests
{
    [Fact]
    public async Task The_proxy_outlives_its_Redis()
    {
        _ = RealRedis.Address;
        await using var server = await RedisServer.StartAsync();
        Assert.SkipWhen(server is null, "MEMORY_TEST_REDIS_SCRIPT is not set: only a server that ./test.sh starts may be killed.");
        await using var proxy = await UpstashRedisProxy.StartAsync(new() { Redis = server.Address });
        using Rest rest = new(proxy);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => rest.RunAsync("SET", $"k{i}", i)));
        await server.KillAsync();
        var (status, body) = await rest.PostAsync("/", new object[] { "GET", "k1" });
        Assert.Equal(500, status);
        Assert.StartsWith("""{"error":"ERR """, body, StringComparison.Ordinal);
        await server.RestartAsync();
        Assert.All(
            await Task.WhenAll(Enumerable.Range(0, 20).Select(i => rest.PostAsync("/", new object[] { "GET", $"k{i}" }))),
            answer => Assert.Equal((200, """{"result":null}"""), answer));
    }

    [Fact]
    public async Task Many_callers_at_once_get_their_own_answers()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            await rest.RunAsync("SET", $"{key}{i}", i, "EX", 60);
            Assert.Equal($"{i}", (await rest.RunAsync("GET", $"{key}{i}")).GetString());
        }));
        Assert.Equal((400, 400), (proxy.Requests, proxy.Billed));
    }

    [Fact]
    public async Task A_large_pipeline_and_its_large_answer_pass()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        var value = new string('x', 1_000_000);
        var commands = Enumerable.Range(0, 15).SelectMany(i => new object[][] { ["SET", $"{key}{i}", value, "EX", 60], ["GET", $"{key}{i}"] });
        var (status, body) = await rest.PostAsync("/pipeline", commands);
        Assert.Equal(200, status);
        Assert.InRange(body.Length, 15_000_000, 15_001_000);
    }
}
