using System.Diagnostics;
using System.Text.Json;

namespace Memory.Fakes.Tests;

public sealed class FaultTests
{
    [Fact]
    public async Task A_fault_answers_before_or_after_the_command_is_applied()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        var fault = UpstashFault.Answer(503, "busy", TimeSpan.FromSeconds(7));
        proxy.FailWith(fault, next: 1);
        using (var response = await rest.ExchangeAsync(HttpMethod.Post, "/", $"""["INCR","{key}"]"""))
        {
            Assert.Equal((503, "busy", TimeSpan.FromSeconds(7)), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Headers.RetryAfter?.Delta));
        }

        Assert.Equal(1, (await rest.RunAsync("INCR", key)).GetInt32());
        proxy.FailWith(fault.AfterApplying, next: 1);
        Assert.Equal((503, "busy"), await rest.PostAsync("/", new object[] { "INCR", key }));
        Assert.Equal(3, (await rest.RunAsync("INCR", key)).GetInt32());
        Assert.Equal([(503, 0), (200, 1), (503, 1), (200, 1)], proxy.Log.Select(request => (request.Status, request.Billed)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_can_be_cut_before_or_after_the_command_is_applied(bool after)
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        proxy.FailWith(after ? UpstashFault.Cut.AfterApplying : UpstashFault.Cut);
        await Assert.ThrowsAsync<HttpRequestException>(() => rest.RunAsync("INCR", key));
        proxy.Recover();
        Assert.Equal(after ? 2 : 1, (await rest.RunAsync("INCR", key)).GetInt32());
        Assert.Equal(0, proxy.Log[0].Status);
    }

    [Fact]
    public async Task An_answer_can_end_in_the_middle()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        proxy.FailWith(UpstashFault.HalfAnswer, next: 1);
        await Assert.ThrowsAnyAsync<Exception>(() => rest.RunAsync("SET", key, 1)); // which one is HttpClient's business
        Assert.Equal("1", (await rest.RunAsync("GET", key)).GetString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_can_stay_away(bool after)
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        var key = RealRedis.Key();
        proxy.FailWith(after ? UpstashFault.Hang.AfterApplying : UpstashFault.Hang, next: 1);
        var waiting = rest.RunAsync("SET", key, 1);
        while (proxy.Requests == 0)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.Equal(after ? JsonValueKind.String : JsonValueKind.Null, (await rest.RunAsync("GET", key)).ValueKind);
        Assert.False(waiting.IsCompleted);
        await proxy.DisposeAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => waiting);
    }

    [Fact]
    public async Task A_fault_can_choose_its_requests()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        proxy.FailWith(UpstashFault.Answer(500), next: 2, when: request => request.Commands.Contains("STRLEN"));
        List<int> statuses = [];
        foreach (var command in new[] { "GET", "STRLEN", "STRLEN", "STRLEN" })
        {
            statuses.Add((await rest.PostAsync("/", new object[] { command, "a" })).Status);
        }

        Assert.Equal([200, 500, 500, 200], statuses);
    }

    [Fact]
    public async Task A_request_can_be_held_and_slowed()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest rest = new(proxy);
        TaskCompletionSource gate = new();
        proxy.Delay = (_, cancellationToken) => gate.Task.WaitAsync(cancellationToken);
        var held = rest.RunAsync("PING");
        Assert.NotSame(held, await Task.WhenAny(held, Task.Delay(50, TestContext.Current.CancellationToken)));
        gate.SetResult();
        await held;

        proxy.Latency = TimeSpan.FromMilliseconds(40);
        var clock = Stopwatch.StartNew();
        await rest.RunAsync("PING");
        Assert.True(clock.Elapsed >= TimeSpan.FromMilliseconds(35));
    }

    [Fact]
    public async Task An_answer_is_compressed_when_the_caller_asks()
    {
        await using var proxy = await RealRedis.ProxyAsync();
        using Rest plain = new(proxy);
        using Rest compressed = new(proxy, decompresses: true);
        var key = RealRedis.Key();
        await plain.RunAsync("SET", key, new string('x', 10_000));
        proxy.Reset();
        Assert.Equal(await plain.PostAsync("/", new object[] { "GET", key }), await compressed.PostAsync("/", new object[] { "GET", key }));
        Assert.Equal(10_000 + """{"result":""}""".Length, proxy.Log[0].ResponseBytes);
        Assert.InRange(proxy.Log[1].ResponseBytes, 1, 1000);
        Assert.Equal($"""["GET","{key}"]""".Length, proxy.Log[0].RequestBytes);
        Assert.Equal(proxy.Log.Sum(request => request.ResponseBytes), proxy.ResponseBytes);
    }
}
