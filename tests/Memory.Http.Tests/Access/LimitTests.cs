using System.Net.Sockets;
using System.Text;
using Memory.Core;

namespace Memory.Http.Tests;

/// <summary>What is turned away before it costs anything.</summary>
public sealed class LimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_caller_over_their_rate_is_told_so_and_others_are_not()
    {
        await using var server = await OwnServer.StartAsync("--Memory:Http:RequireAuthentication", "true", "--Memory:Http:Limits:RequestsPerMinute", "6", "--Memory:Http:Limits:Burst", "3");
        var (ada, bob) = (await server.NewKeyAsync(AccessScopes.Read, ResourceSelector.Only("ada")), await server.NewKeyAsync(AccessScopes.Read, ResourceSelector.Only("bob")));
        for (var left = 2; left >= 0; left--)
        {
            var reply = (await server.SendAsync(ada, "GET", "/v1/threads")).Is(200);
            Assert.Equal(("3", $"{left}", $"{(3 - left) * 10}"), (reply.Header("RateLimit-Limit"), reply.Header("RateLimit-Remaining"), reply.Header("RateLimit-Reset")));
        }

        var refused = (await server.SendAsync(ada, "GET", "/v1/threads")).IsProblem(429, "too_many_requests");
        Assert.Equal(("10", "0"), (refused.Header("Retry-After"), refused.Header("RateLimit-Remaining")));
        (await server.SendAsync(bob, "GET", "/v1/threads")).Is(200);
        (await server.SendAsync(null, "GET", "/health/live")).Is(200);
    }

    [Fact]
    public async Task Without_a_rate_nothing_is_said_of_one()
    {
        await using var server = await OwnServer.StartAsync();
        Assert.Null((await server.SendAsync(null, "GET", "/v1/resources")).Is(200).Header("RateLimit-Limit"));
    }

    [Fact]
    public async Task More_bodies_than_there_is_room_for_are_turned_away_and_health_is_answered()
    {
        await using var server = await OwnServer.StartAsync("--Memory:Http:Limits:BodyMegabytes", "8");
        var uri = new Uri(server.Url);
        List<TcpClient> held = [];
        try
        {
            // Each says that it will send 4 MiB, and sends nothing: two are read, two wait, and the next finds no room.
            for (var i = 0; i < 4; i++)
            {
                held.Add(await OpenAsync(uri, 4 * 1024 * 1024));
            }

            Assert.StartsWith("HTTP/1.1 503", await FirstLineOfAsync(uri, 4 * 1024 * 1024), StringComparison.Ordinal);
            (await server.SendAsync(null, "GET", "/health/live")).Is(200);
            (await server.SendAsync(null, "GET", "/v1/resources")).Is(200); // it has no body
        }
        finally
        {
            held.ForEach(client => client.Dispose());
        }

        for (var deadline = DateTime.UtcNow.AddSeconds(30); ; await Task.Delay(50, Token))
        {
            // What was held is given back when its connection goes.
            var reply = await server.PostAsync("/v1/threads", """{"resourceId":"r"}""");
            if (reply.Status == 201)
            {
                break;
            }

            reply.IsProblem(503, "overloaded");
            Assert.True(DateTime.UtcNow < deadline);
        }
    }

    [Fact]
    public async Task A_body_that_does_not_say_how_large_it_is_takes_what_it_needs()
    {
        await using var server = await OwnServer.StartAsync("--Memory:Http:Limits:BodyMegabytes", "8");
        using var client = new HttpClient { BaseAddress = new Uri(server.Url) };
        var small = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => AppendAsync(client, i, length: 10)));
        Assert.All(small, status => Assert.Equal(201, status));

        // Eight of 3 MiB at once are more than there is room for, and each that finds some is stored.
        var large = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => AppendAsync(client, i, length: 3 * 1024 * 1024)));
        Assert.Contains(201, large);
        Assert.All(large, status => Assert.True(status is 201 or 503, $"{status}"));
        Assert.Equal(201, await AppendAsync(client, 0, length: 3 * 1024 * 1024)); // all of it was given back
    }

    [Fact]
    public async Task More_requests_than_are_worked_on_and_may_wait_are_turned_away()
    {
        await using var server = await OwnServer.StartAsync("--Memory:Http:Limits:ConcurrentRequests", "1");
        var uri = new Uri(server.Url);
        using var worked = await OpenAsync(uri, 100);
        using var waiting = await OpenAsync(uri, 100);
        Assert.StartsWith("HTTP/1.1 503", await FirstLineOfAsync(uri, 100), StringComparison.Ordinal);
        (await server.SendAsync(null, "GET", "/health/live")).Is(200);
    }

    [Fact]
    public async Task A_body_that_trickles_in_is_given_up()
    {
        await using var server = await OwnServer.StartAsync();
        using var client = await OpenAsync(new Uri(server.Url), 100_000);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        var answer = new byte[12];
        var read = client.GetStream().ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, limit.Token).AsTask();
        while (!read.IsCompleted)
        {
            try
            {
                await client.GetStream().WriteAsync(" "u8.ToArray(), Token);
            }
            catch (IOException)
            {
                break; // it has hung up
            }

            await Task.WhenAny(read, Task.Delay(500, Token));
        }

        Assert.Equal("HTTP/1.1 408", Encoding.ASCII.GetString(answer, 0, await read));
    }

    private static async Task<int> AppendAsync(HttpClient client, int thread, int length)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/threads/t{thread}/messages")
        {
            Content = new StringContent($$"""{"resourceId":"r","messages":[{"role":"user","content":"{{new string('x', length)}}"}]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.TransferEncodingChunked = true;
        using var response = await client.SendAsync(request, Token);
        return (int)response.StatusCode;
    }

    // A POST whose body of a stated length does not come.
    private static async Task<TcpClient> OpenAsync(Uri uri, int length)
    {
        var client = new TcpClient();
        await client.ConnectAsync(uri.Host, uri.Port, Token);
        await client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"POST /v1/threads/t/messages HTTP/1.1\r\nHost: {uri.Authority}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"), Token);
        await Task.Delay(200, Token); // it is taken on before the next one comes
        return client;
    }

    private static async Task<string> FirstLineOfAsync(Uri uri, int length)
    {
        using var client = await OpenAsync(uri, length);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadLineAsync(Token) ?? "";
    }
}
