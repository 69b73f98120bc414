using System.Text.Json;

namespace Memory.Fakes.Tests;

public sealed class RedisScriptTests
{
    private const string Locking = "#!lua flags=allow-key-locking\n";

    [Theory]
    [InlineData("return 1", "1")]
    [InlineData("return", "null")]
    [InlineData("local a = 1", "null")]
    [InlineData("return nil", "null")]
    [InlineData("return false", "null")]
    [InlineData("return true", "1")]
    [InlineData("return 3.7", "3")]
    [InlineData("return 'a' -- a comment", "\"a\"")]
    [InlineData("return {1, {'a', {}}, false, 'b', nil, 'c'}", """[1,["a",[]],null,"b"]""")]
    [InlineData("return {KEYS[1], ARGV[1], #KEYS, #ARGV}", """["k","v",1,1]""")]
    [InlineData("return redis.status_reply('FINE')", "\"FINE\"")]
    [InlineData("return redis.sha1hex('')", "\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"")]
    [InlineData("return cjson.encode({1, 2})", "\"[1,2]\"")]
    [InlineData("local function f(n) if n == 0 then return 'done' end return f(n - 1) end return f(3)", "\"done\"")]
    public async Task A_script_returns_what_it_would_without_a_wrapper(string script, string result)
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        foreach (var first in new[] { "", Locking, "#!lua\n", "#!lua flags=no-writes\n", "#!lua flags=no-writes,allow-key-locking\n" })
        {
            Assert.Equal(result, (await rest.RunAsync("EVAL", first + script, 1, "k", "v")).GetRawText());
        }
    }

    [Fact]
    public async Task A_script_bills_itself_and_each_command_it_calls()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        await rest.RunAsync("EVAL", "for i = 1, ARGV[1] do redis.call('INCR', KEYS[1]) end return redis.pcall('LPUSH', KEYS[1], 1) and 7", 1, key, 3);
        Assert.Equal(5, proxy.Billed);
        await rest.PostAsync("/pipeline", new object[][] { ["GET", key], ["EVAL", "redis.call('GET', KEYS[1])", 1, key], ["MGET", key, key] });
        Assert.Equal(5 + 4, proxy.Billed);
        await rest.PostAsync("/multi-exec", new object[][] { ["GET", key], ["EVAL", "redis.call('GET', KEYS[1])", 1, key] });
        Assert.Equal(5 + 4 + 5, proxy.Billed);
        await rest.PostAsync("/", new object[] { "EVAL", "redis.call('GET', KEYS[1]) redis.call('LPUSH', KEYS[1], 1)", 1, key });
        Assert.Equal([5, 4, 5, 3], proxy.Log.Select(request => request.Billed));
        proxy.Reset();
        Assert.Equal((0, 0, 0L, 0L), (proxy.Requests, proxy.Billed, proxy.RequestBytes, proxy.ResponseBytes));
    }

    [Theory]
    [InlineData("return redis.call('LPUSH', KEYS[1], 1)", "WRONGTYPE ")]
    [InlineData("return redis.pcall('LPUSH', KEYS[1], 1)", "WRONGTYPE ")]
    [InlineData("return redis.error_reply('MYERR whatever')", "MYERR whatever")]
    [InlineData("return {err = 'MYERR whatever'}", "MYERR whatever")]
    [InlineData("local a = 1\nlocal b = nil\nreturn a + b", "ERR user_script:3: attempt to perform arithmetic")]
    [InlineData("local a = 1\nreturn (", "ERR Error compiling script (new function): user_script:3")]
    [InlineData("local ok, why = pcall(redis.call, 'LPUSH', KEYS[1], 1)\nreturn redis.error_reply(why)", "WRONGTYPE ")]
    [InlineData("error({err = 'MYERR whatever'})", "MYERR whatever")]
    [InlineData("local function f()\nerror('mine', 2)\nend\nf()", "ERR user_script:4: mine")]
    [InlineData("error('mine')", "ERR user_script:1: mine")]
    [InlineData("return nosuchglobal", "ERR user_script:1: Script attempted to access nonexistent global variable 'nosuchglobal'")]
    public async Task A_scripts_error_is_the_commands(string script, string error)
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        await rest.RunAsync("SET", key, "a");
        var (status, body) = await rest.PostAsync("/", new object[] { "EVAL", script, 1, key });
        Assert.Equal(400, status);
        Assert.StartsWith(error, JsonElement.Parse(body).GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis.call('SET', KEYS[1] .. 'x', 1)")]
    [InlineData("redis.call('ZUNIONSTORE', KEYS[1], 2, KEYS[1], 'other')")]
    [InlineData("redis.call('MGET', KEYS[1], ARGV[1])")]
    [InlineData("local reply = redis.pcall('GET', 'other') if type(reply) == 'table' then return reply end")]
    public async Task A_script_that_locks_its_keys_may_touch_no_other(string script)
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        var (status, body) = await rest.PostAsync("/", new object[] { "EVAL", Locking + script, 1, key, key + "y" });
        Assert.Equal(400, status);
        Assert.Equal("ERR Dynamic keys are not allowed in Lua scripts when 'allow-key-locking' flag is set", JsonElement.Parse(body).GetProperty("error").GetString());
        Assert.Equal(200, (await rest.PostAsync("/", new object[] { "EVAL", script, 1, key, key + "y" })).Status);
    }

    [Fact]
    public async Task A_script_that_locks_its_keys_may_touch_those()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        var script = Locking + "redis.call('SET', KEYS[1], 1) redis.call('ZADD', KEYS[2], 1, 'other') redis.call('PING') return redis.call('TIME')[1] and redis.call('MGET', KEYS[1], KEYS[1])";
        Assert.Equal("""["1","1"]""", (await rest.RunAsync("EVAL", script, 2, key, key + "z")).GetRawText());
        Assert.Equal(6, proxy.Billed);
    }

    [Theory]
    [InlineData("EVAL_RO", Locking)]
    [InlineData("EVAL_RO", "")]
    [InlineData("EVAL", "#!lua flags=no-writes,allow-key-locking\n")]
    public async Task A_script_that_only_reads_may_not_write(string command, string first)
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        await rest.RunAsync("SET", key, "a");
        Assert.Equal("a", (await rest.RunAsync(command, first + "return redis.call('GET', KEYS[1])", 1, key)).GetString());
        Assert.Equal(400, (await rest.PostAsync("/", new object[] { command, first + "return redis.call('SET', KEYS[1], 1)", 1, key })).Status);
    }

    [Fact]
    public async Task Thousands_of_arguments_fit_into_a_call()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        object[] arguments = [.. Enumerable.Range(0, 7000)];
        Assert.Equal(3500, (await rest.RunAsync(["EVAL", Locking + "return redis.call('ZADD', KEYS[1], unpack(ARGV))", 1, RealRedis.Key(), .. arguments])).GetInt32());
    }

    [Fact]
    public async Task A_script_can_be_called_by_its_name_once_it_is_known()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        const string Script = "return redis.call('INCR', KEYS[1])";
        Assert.StartsWith("""{"error":"NOSCRIPT """, (await rest.PostAsync("/", new object[] { "EVALSHA", "3a1d6a1ba3ba7b9f0ba3f7bb7a2e2fdd8e3a0c11", 1, key })).Body, StringComparison.Ordinal);
        var name = (await rest.RunAsync("SCRIPT", "LOAD", Script)).GetString()!;
        Assert.Equal("[1,0]", (await rest.RunAsync("SCRIPT", "EXISTS", name, "x")).GetRawText());
        proxy.Reset();
        Assert.Equal(1, (await rest.RunAsync("EVALSHA", name, 1, key)).GetInt32());
        Assert.Equal(2, proxy.Billed);
        Assert.Equal(400, (await rest.PostAsync("/", new object[] { "SCRIPT", "LOAD", "return (" })).Status);
    }
}
