namespace Memory.Fakes.Tests;

public sealed class RedisDatabaseTests
{
    [Fact]
    public async Task A_database_is_taken_once_and_left_empty()
    {
        int number;
        await using (var one = await RedisDatabase.TakeAsync(RealRedis.Address))
        await using (var other = await RedisDatabase.TakeAsync(RealRedis.Address))
        {
            Assert.NotEqual(one.Number, other.Number);
            number = other.Number;
            await SendAsync("SET", "key", new string('x', 10_000));
            Assert.InRange(await other.BytesAsync(), 10_000, 20_000);
        }

        Assert.Equal(0, await SendAsync("EXISTS", "key"));

        async Task<int> SendAsync(params object[] command)
        {
            await using var proxy = await UpstashRedisProxy.StartAsync(new() { Redis = RealRedis.Address, Database = number });
            using Rest rest = new(proxy);
            var result = await rest.RunAsync(command);
            return result.ValueKind == System.Text.Json.JsonValueKind.Number ? result.GetInt32() : 0;
        }
    }

    [Fact]
    public async Task A_database_shows_nothing_of_another()
    {
        await using var database = await RedisDatabase.TakeAsync(RealRedis.Address);
        await using var proxy = await UpstashRedisProxy.StartAsync(new() { Redis = RealRedis.Address, Database = database.Number });
        await using var usual = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy), there = new(usual);
        var key = RealRedis.Key();
        await rest.RunAsync("SET", key, "value");
        Assert.Equal("value", (await rest.RunAsync("GET", key)).GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await there.RunAsync("GET", key)).ValueKind);
    }
}
