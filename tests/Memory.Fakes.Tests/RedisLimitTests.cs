using System.Text.Json;

namespace Memory.Fakes.Tests;

public sealed class RedisLimitTests
{
    private static readonly string Large = new('x', 1000);

    [Fact]
    public async Task An_argument_that_is_too_large_is_refused_with_413()
    {
        await using var proxy = await RealRedis.ProxyAsync(options => options with { MaxCommandBytes = 500 });
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        Assert.Equal(413, (await rest.PostAsync("/", new object[] { "SET", key, Large })).Status);
        Assert.Equal(413, (await rest.PostAsync("/pipeline", new object[][] { ["SET", key, 1], ["SET", key, Large] })).Status);
        var (status, body) = await rest.PostAsync("/multi-exec", new object[][] { ["SET", key, 1], ["SET", key, Large] });
        Assert.Equal(413, status);
        Assert.StartsWith("""{"error":"ERR """, body, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, (await rest.RunAsync("GET", key)).ValueKind);
    }

    [Fact]
    public async Task The_limit_is_each_commands_own()
    {
        await using var proxy = await RealRedis.ProxyAsync(options => options with { MaxCommandBytes = 500 });
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        var part = new string('x', 400);
        var sets = Enumerable.Range(0, 5).Select(i => new object[] { "APPEND", $"{key}{i}", part });
        Assert.Equal(200, (await rest.PostAsync("/pipeline", sets)).Status);
        var gets = Enumerable.Range(0, 5).Select(i => new object[] { "GET", $"{key}{i}" });
        Assert.Equal(5 * 400, JsonElement.Parse((await rest.PostAsync("/pipeline", gets)).Body).EnumerateArray().Sum(entry => entry.GetProperty("result").GetString()!.Length));
    }

    [Fact]
    public async Task A_result_that_is_too_large_is_an_error_whose_status_depends_on_the_form()
    {
        await using var proxy = await RealRedis.ProxyAsync(options => options with { MaxCommandBytes = 500 });
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        var part = new string('x', 400);
        await rest.PostAsync("/pipeline", new object[][] { ["APPEND", key, part], ["APPEND", key, part] });

        var (single, singleBody) = await rest.PostAsync("/", new object[] { "GET", key });
        var (path, pathBody) = await rest.SendAsync(HttpMethod.Get, $"/get/{key}");
        var (pipeline, pipelineBody) = await rest.PostAsync("/pipeline", new object[][] { ["STRLEN", key], ["GET", key] });
        Assert.Equal((400, 200, 200), (single, path, pipeline));
        Assert.StartsWith("""{"error":"ERR """, singleBody, StringComparison.Ordinal);
        Assert.Equal(singleBody, pathBody);
        Assert.Equal($$"""[{"result":800},{{singleBody}}]""", pipelineBody);
    }

    [Theory]
    [InlineData(UpstashQuota.DailyRequests, "ERR max daily request limit exceeded. Limit: 10000, Usage: 10000")]
    [InlineData(UpstashQuota.MonthlyRequests, "ERR max requests limit exceeded. Limit: 500000, Usage: 500000")]
    public async Task A_quota_that_is_used_up_refuses_everything(UpstashQuota quota, string error)
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        proxy.Quota = quota;
        var entry = $$"""{"error":"{{error}}"}""";
        Assert.Equal((400, entry), await rest.PostAsync("/", new object[] { "GET", "a" }));
        Assert.Equal((200, $"[{entry},{entry}]"), await rest.PostAsync("/pipeline", new object[][] { ["GET", "a"], ["GET", "b"] }));
        Assert.Equal((400, entry), await rest.PostAsync("/multi-exec", new object[][] { ["GET", "a"], ["GET", "b"] }));
        Assert.Equal(0, proxy.Billed);
        proxy.Quota = UpstashQuota.None;
        Assert.Equal(200, (await rest.PostAsync("/", new object[] { "GET", "a" })).Status);
    }

    [Fact]
    public async Task A_full_database_still_reads_and_deletes()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        await rest.RunAsync("SET", key, 1);
        proxy.Quota = UpstashQuota.Capacity;
        Assert.Equal((400, """{"error":"ERR DB capacity quota exceeded"}"""), await rest.PostAsync("/", new object[] { "SET", key, 2 }));
        Assert.Equal("1", (await rest.RunAsync("GET", key)).GetString());
        Assert.Equal(1, (await rest.RunAsync("UNLINK", key)).GetInt32());
    }
}
