using System.Text.Json;

namespace Memory.Fakes.Tests;

public sealed class RedisBatchTests
{
    [Fact]
    public async Task A_pipeline_goes_on_after_an_error()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        var (status, body) = await rest.PostAsync("/pipeline", new object[][] { ["SET", key, "a"], ["INCR", key], ["BLPOP", key, 0], ["LPUSH", key, "b"], ["GET", key] });
        Assert.Equal(200, status);
        var entries = JsonElement.Parse(body);
        Assert.Equal("OK", entries[0].GetProperty("result").GetString());
        Assert.StartsWith("ERR value is not an integer", entries[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("ERR Command is not available", entries[2].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("WRONGTYPE", entries[3].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("a", entries[4].GetProperty("result").GetString());
        Assert.Equal(["SET", "INCR", "BLPOP", "LPUSH", "GET"], proxy.Log.Single().Commands);
    }

    [Fact]
    public async Task A_transaction_keeps_what_an_error_leaves()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        var (status, body) = await rest.PostAsync("/multi-exec", new object[][] { ["SET", key, "a"], ["INCR", key], ["EVAL", "return redis.call('GET', KEYS[1])", 1, key] });
        Assert.Equal(200, status);
        var entries = JsonElement.Parse(body);
        Assert.Equal("OK", entries[0].GetProperty("result").GetString());
        Assert.StartsWith("ERR value", entries[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("a", entries[2].GetProperty("result").GetString());
        Assert.Equal("a", (await rest.RunAsync("GET", key)).GetString());
    }

    [Theory]
    [InlineData("BLPOP", "a", "0")]
    [InlineData("NOSUCHCOMMAND")]
    [InlineData("GET")]
    public async Task A_transaction_with_a_bad_command_is_discarded_whole(params string[] bad)
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        var (status, body) = await rest.PostAsync("/multi-exec", new object[] { new object[] { "SET", key, 1 }, bad });
        Assert.Equal(400, status);
        Assert.StartsWith("""{"error":"ERR """, body, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, (await rest.RunAsync("GET", key)).ValueKind);
    }

    [Fact]
    public async Task A_transaction_is_done_at_once()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        var all = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => rest.PostAsync("/multi-exec", new object[][] { ["INCR", key], ["INCR", key], ["INCR", key] })));
        Assert.All(all, answer =>
        {
            int[] numbers = [.. JsonElement.Parse(answer.Body).EnumerateArray().Select(entry => entry.GetProperty("result").GetInt32())];
            Assert.Equal([numbers[0], numbers[0] + 1, numbers[0] + 2], numbers);
        });
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""["GET","a"]""")]
    [InlineData("""[["GET",["a"]]]""")]
    [InlineData("""[[]]""")]
    public async Task A_batch_is_an_array_of_flat_commands(string body)
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        Assert.Contains("\"error\":\"ERR ", (await rest.SendAsync(HttpMethod.Post, "/pipeline", body)).Body, StringComparison.Ordinal);
        Assert.Equal(400, (await rest.SendAsync(HttpMethod.Post, "/multi-exec", body)).Status);
    }

    [Fact]
    public async Task The_sync_token_changes_with_each_write()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        var first = await TokenAsync("""["GET","a"]""", "");
        var second = await TokenAsync($"""["SET","{key}",1]""", first);
        Assert.NotEqual(first, second);
        Assert.Equal(second, await TokenAsync("""["GET","a"]""", second));
        Assert.NotEqual(second, await TokenAsync($"""["EVAL","return redis.call('INCR', KEYS[1])",1,"{key}"]""", second));
        Assert.Equal(["", first, second, second], proxy.Log.Select(request => request.SyncToken));
        await rest.RunAsync("GET", key);
        Assert.Null(proxy.Log[^1].SyncToken);

        async Task<string> TokenAsync(string body, string token)
        {
            using var response = await rest.ExchangeAsync(HttpMethod.Post, "/", body, ("upstash-sync-token", token));
            return response.Headers.GetValues("upstash-sync-token").Single();
        }
    }
}
