using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Memory.Server.Tests;

/// <summary>Writers that append messages of unique ids, at once and for later, and remember what they were answered.</summary>
internal sealed class Traffic(int threads)
{
    private readonly ConcurrentDictionary<(int Thread, string Id), long> placed = [];
    private readonly ConcurrentDictionary<(int Thread, string Id), string> accepted = [];
    private readonly ConcurrentQueue<(int Thread, string Id)> unanswered = [];
    private int last;

    public int Answered => placed.Count + accepted.Count;

    /// <summary>Kills a server three times while it is written to, and looks whether the next has everything that was answered.</summary>
    public static async Task SurviveKillsAsync(Func<Task<ServerProcess>> start)
    {
        var traffic = new Traffic(threads: 3);
        for (var round = 0; round < 3; round++)
        {
            await using var server = await start();
            var writing = traffic.WriteAsync(server.Client, writers: 8);
            await traffic.WaitAsync(more: 50);
            await server.KillAsync();
            await writing;
        }

        await using var last = await start();
        await traffic.VerifyAsync(last.Client);
    }

    /// <summary>Writes with some writers until the server no longer answers, or enough was written.</summary>
    public Task WriteAsync(HttpClient client, int writers, int each = int.MaxValue) => Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
    {
        for (var i = 0; i < each && await TryWriteAsync(client, isLater: (i + writer) % 3 == 0); i++)
        {
        }
    }));

    /// <summary>Waits until some more writes have been answered.</summary>
    public async Task WaitAsync(int more)
    {
        for (var (enough, deadline) = (Answered + more, DateTime.UtcNow.AddSeconds(60)); Answered < enough; await Task.Delay(5, TestContext.Current.CancellationToken))
        {
            Assert.True(DateTime.UtcNow < deadline, "The server does not answer.");
        }
    }

    /// <summary>Asserts that everything answered is there exactly once, in its place, without gaps, and that every operation succeeded.</summary>
    public async Task VerifyAsync(HttpClient client)
    {
        foreach (var operation in accepted.Values.Distinct())
        {
            Assert.Equal("succeeded", await EndAsync(client, operation));
        }

        for (var thread = 0; thread < threads; thread++)
        {
            var stored = await ReadAsync(client, thread);
            Assert.Equal(Enumerable.Range(1, stored.Count).Select(position => (long)position), stored.Select(message => message.Position));
            var positions = stored.ToDictionary(message => message.Id, message => message.Position); // throws for a double
            Assert.All(placed.Where(message => message.Key.Thread == thread), message => Assert.Equal(message.Value, positions[message.Key.Id]));
            Assert.All(accepted.Where(message => message.Key.Thread == thread), message => Assert.Contains(message.Key.Id, positions));
        }
    }

    /// <summary>The messages of a thread as the API lists them.</summary>
    public static async Task<List<(string Id, long Position)>> ReadAsync(HttpClient client, int thread)
    {
        List<(string, long)> messages = [];
        for (string? query = "?limit=1000"; query is not null;)
        {
            var page = await client.GetFromJsonAsync<JsonElement>($"/v1/threads/t{thread}/messages{query}", TestContext.Current.CancellationToken);
            messages.AddRange(page.GetProperty("items").EnumerateArray().Select(item => (item.GetProperty("id").GetString()!, item.GetProperty("position").GetInt64())));
            query = page.GetProperty("nextCursor").GetString() is { } cursor ? $"?limit=1000&cursor={Uri.EscapeDataString(cursor)}" : null;
        }

        return messages;
    }

    private static async Task<string?> EndAsync(HttpClient client, string operation)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(60); ; await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            var state = await client.GetFromJsonAsync<JsonElement>(operation, TestContext.Current.CancellationToken);
            if (state.GetProperty("status").GetString() is "succeeded" or "failed" || DateTime.UtcNow > deadline)
            {
                return state.GetProperty("status").GetString();
            }
        }
    }

    private async Task<bool> TryWriteAsync(HttpClient client, bool isLater)
    {
        // What got no answer is sent again, as a client would.
        var message = unanswered.TryDequeue(out var again) ? again : (Thread: Interlocked.Increment(ref last) % threads, Id: $"m{last}-{Guid.NewGuid():N}");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/threads/t{message.Thread}/messages")
        {
            Content = JsonContent.Create(new { resourceId = "r", messages = new[] { new { id = message.Id, role = "user", content = $"content of {message.Id}" } } }),
        };
        if (isLater)
        {
            request.Headers.Add("Prefer", "respond-async");
        }

        try
        {
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var body = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
            Assert.Equal(isLater ? HttpStatusCode.Accepted : HttpStatusCode.Created, response.StatusCode);
            if (isLater)
            {
                accepted[message] = response.Headers.Location!.ToString();
            }
            else
            {
                placed[message] = body.GetProperty("messages")[0].GetProperty("position").GetInt64();
            }

            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            unanswered.Enqueue(message);
            return false;
        }
    }
}
