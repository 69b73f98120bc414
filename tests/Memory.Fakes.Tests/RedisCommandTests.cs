using System.Text;

namespace Memory.Fakes.Tests;

public sealed class RedisCommandTests
{
    [Fact]
    public async Task A_command_is_answered_with_its_result()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        Assert.Equal((200, """{"result":"OK"}"""), await rest.PostAsync("/", new object[] { "SET", key, 12 }));
        Assert.Equal((200, """{"result":"12"}"""), await rest.PostAsync("/", new object[] { "get", key }));
        Assert.Equal((200, """{"result":null}"""), await rest.PostAsync("/", new object[] { "GET", key + "x" }));
        Assert.Equal((200, """{"result":13}"""), await rest.PostAsync("/", new object[] { "INCR", key }));
        Assert.Equal((200, """{"result":[]}"""), await rest.PostAsync("/", new object[] { "LRANGE", key + "x", 0, -1 }));
    }

    [Fact]
    public async Task Doubles_are_strings_and_pairs_are_flat()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        await rest.RunAsync("ZADD", key, 1.5, "a", 2, "b");
        await rest.RunAsync("HSET", key + "h", "f", "1", "g", "2");
        Assert.Equal("""["a","1.5","b","2"]""", (await rest.RunAsync("ZRANGE", key, 0, -1, "WITHSCORES")).GetRawText());
        Assert.Equal("""["f","1","g","2"]""", (await rest.RunAsync("HGETALL", key + "h")).GetRawText());
    }

    [Theory]
    [InlineData("""["SET",["a"],"b"]""", """ERR unsupported arg type: "[" : json.Delim""")]
    [InlineData("""[["SET","a","b"]]""", """ERR unsupported arg type: "[" : json.Delim""")]
    [InlineData("""["SET",{"a":1},"b"]""", """ERR unsupported arg type: "{" : json.Delim""")]
    [InlineData("""["SET",null,"b"]""", "ERR unsupported arg type: null")]
    [InlineData("[]", "ERR")]
    [InlineData("{}", "ERR")]
    [InlineData("""["GET",""", "ERR")]
    [InlineData("""["GET","\ud83d"]""", "ERR")]
    [InlineData("""["NOSUCHCOMMAND"]""", "ERR unknown command")]
    [InlineData("""["GET"]""", "ERR wrong number of arguments")]
    [InlineData("""["BLPOP","a",1]""", "ERR Command is not available: 'BLPOP'")]
    [InlineData("""["subscribe","a"]""", "ERR Command is not available")]
    [InlineData("""["WATCH","a"]""", "ERR Command is not available")]
    [InlineData("""["CONFIG","SET","save",""]""", "ERR Command is not available")]
    [InlineData("""["SORT","a"]""", "ERR Command is not available")]
    [InlineData("""["OBJECT","ENCODING","a"]""", "ERR Command is not available")]
    [InlineData("""["DEBUG","SLEEP",0]""", "ERR Command is not available")]
    [InlineData("""["XREAD","BLOCK",0,"STREAMS","a","$"]""", "ERR Command is not available")]
    [InlineData("""["FT.SEARCH","a","b"]""", "ERR Command is not available")]
    [InlineData("""["FLUSHALL"]""", "ERR Command is not available")]
    public async Task What_is_not_supported_is_an_error(string body, string error)
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var (status, text) = await rest.SendAsync(HttpMethod.Post, "/", body);
        Assert.Equal(400, status);
        Assert.StartsWith(error, System.Text.Json.JsonElement.Parse(text).GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_may_be_a_path()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        Assert.Equal((200, """{"result":"OK"}"""), await rest.SendAsync(HttpMethod.Post, $"/set/{key}?EX=100&NX", "a body/with\nwhatever"));
        Assert.Equal((200, """{"result":"a body/with\nwhatever"}"""), await rest.SendAsync(HttpMethod.Get, $"/get/{key}"));
        Assert.InRange((await rest.RunAsync("TTL", key)).GetInt32(), 1, 100);
        Assert.Equal((200, """{"result":"OK"}"""), await rest.SendAsync(HttpMethod.Get, $"/set/{key}/a%2Fb%20c"));
        Assert.Equal((200, """{"result":"a/b c"}"""), await rest.SendAsync(HttpMethod.Put, $"/get/{key}"));
        Assert.Equal(400, (await rest.SendAsync(HttpMethod.Get, "/incr")).Status);
    }

    [Fact]
    public async Task A_token_may_be_in_the_query()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy, token: null);
        Assert.Equal((200, """{"result":null}"""), await rest.SendAsync(HttpMethod.Get, $"/get/{RealRedis.Key()}?_token=fake-token"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("another")]
    [InlineData("")]
    public async Task Without_a_token_nothing_is_answered(string? token)
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy, token);
        Assert.Equal((401, """{"error":"WRONGPASS invalid or missing auth token"}"""), await rest.PostAsync("/", new object[] { "PING" }));
        Assert.Equal(401, (await rest.PostAsync("/pipeline", new object[] { new object[] { "PING" } })).Status);
        Assert.Equal(0, proxy.Billed);
    }

    [Fact]
    public async Task Other_verbs_are_refused()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        Assert.Equal(405, (await rest.SendAsync(HttpMethod.Delete, "/get/a")).Status);
        Assert.Equal(405, (await rest.SendAsync(HttpMethod.Patch, "/", "[]")).Status);
        Assert.Equal(405, (await rest.SendAsync(HttpMethod.Get, "/pipeline")).Status);
    }

    [Fact]
    public async Task A_token_that_only_reads_may_read()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy, "reader");
        var key = RealRedis.Key();
        Assert.Equal((200, """{"result":null}"""), await rest.PostAsync("/", new object[] { "GET", key }));
        foreach (var command in new object[][] { ["SET", key, 1], ["EVAL", "return 1", 0], ["EVALSHA", "abc", 0], ["SCAN", 0], ["KEYS", key], ["FUNCTION", "FLUSH"] })
        {
            var (status, body) = await rest.PostAsync("/", command);
            Assert.Equal(400, status);
            Assert.StartsWith("""{"error":"NOPERM """, body, StringComparison.Ordinal);
        }

        Assert.StartsWith("""{"error":"NOPERM """, (await rest.PostAsync("/multi-exec", new object[] { new object[] { "GET", key }, new object[] { "SET", key, 1 } })).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Base64_is_on_every_string_but_OK()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        object[][] commands =
        [
            ["SET", key, "OK"], ["GET", key], ["RPUSH", key + "l", "é", ""], ["LRANGE", key + "l", 0, -1], ["GET", key + "x"], ["INCR", key],
            ["EVAL", "return {1, {'a', false}, redis.status_reply('OK'), redis.status_reply('FINE')}", 0],
        ];
        var (_, body) = await rest.PostAsync("/pipeline", commands, ("Upstash-Encoding", "base64"));
        Assert.StartsWith(
            """[{"result":"OK"},{"result":"T0s="},{"result":2},{"result":["w6k=",""]},{"result":null},{"error":"ERR value is not an integer""",
            body,
            StringComparison.Ordinal);
        Assert.EndsWith("""{"result":[1,["YQ==",null],"OK","RklORQ=="]}]""", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_base64_bytes_that_are_no_text_are_lost()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        await rest.RunAsync("EVAL", "return redis.call('SET', KEYS[1], 'a\\255b')", 1, key);
        Assert.Equal("a\uFFFDb", (await rest.RunAsync("GET", key)).GetString());
        Assert.Equal((200, """{"result":"Yf9i"}"""), await rest.PostAsync("/", new object[] { "GET", key }, ("Upstash-Encoding", "base64")));
    }

    [Fact]
    public async Task Any_text_comes_back_as_it_was()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        const string Text = "\0\u0001\r\n\"\\ é 漢 \U0001F600 <&> \u2028";
        await rest.RunAsync("SET", key, Text);
        Assert.Equal(Text, (await rest.RunAsync("GET", key)).GetString());
        await rest.SendAsync(HttpMethod.Post, $"/set/{key}", Text);
        Assert.Equal(Text, (await rest.RunAsync("GET", key)).GetString());
        Assert.Equal(Encoding.UTF8.GetByteCount(Text), (await rest.RunAsync("STRLEN", key)).GetInt32());
    }
}
