using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Memory.Benchmarks.Upstash;

namespace Memory.Benchmarks.Load;

/// <summary>
/// Plain Redis commands over REST: a call's messages are one transaction of two commands, ZADD of what each consists of and HSET of how many there are, without a script, a thread to look up
/// or a word to index. With vectors, each call sends one request to the index of vectors too. The bodies are made beforehand.
/// </summary>
/// <param name="redis">The Redis behind the stand-ins, as HOST:PORT.</param>
internal sealed class UpstashInsert(string redis) : IBareInsert
{
    /// <inheritdoc/>
    public int MostCallers => 16;

    /// <inheritdoc/>
    public async Task<TimeSpan> WriteAsync(IReadOnlyList<BareRow[]> calls, bool withVectors, int callers, CancellationToken cancellationToken)
    {
        await using var standIns = await StandIns.StartAsync(redis, cancellationToken);
        List<(byte[] Messages, byte[]? Vectors)> bodies = [.. calls.Select(call => (Messages(call), withVectors ? Vectors(call) : null))];
        using var http = new HttpClient();
        await SendAsync(bodies[0]); // opens a connection, as every caller's first call would
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(bodies.Chunk((calls.Count + callers - 1) / callers).Select(share => Task.Run(
            async () =>
            {
                foreach (var body in share)
                {
                    await SendAsync(body);
                }
            },
            cancellationToken)));
        return Stopwatch.GetElapsedTime(start);

        async Task SendAsync((byte[] Messages, byte[]? Vectors) body)
        {
            await PostAsync(http, $"{standIns.Redis.Url}/multi-exec", standIns.Redis.Token, body.Messages, cancellationToken);
            if (body.Vectors is { } vectors)
            {
                await PostAsync(http, $"{standIns.Vector.Url}/upsert/bare", standIns.Vector.Token, vectors, cancellationToken);
            }
        }
    }

    private static async Task PostAsync(HttpClient http, string url, string token, byte[] body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Headers.Authorization = new("Bearer", token);
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        if (answer.RootElement.ToString().Contains("\"error\"", StringComparison.Ordinal)) // which comes with status 200 too
        {
            throw new InvalidOperationException($"Upstash's stand-in answered {answer.RootElement}.");
        }
    }

    private static byte[] Messages(BareRow[] call)
    {
        JsonArray add = ["ZADD", "messages"];
        foreach (var row in call)
        {
            add.Add(row.Key);
            var message = row.Message;
            add.Add($"{message.Id} {message.Role} {message.CreatedAt:O} {Convert.ToBase64String(message.Fingerprint)} {Convert.ToBase64String(message.Terms)} {message.Content.Json.Text}");
        }

        return Encoding.UTF8.GetBytes(new JsonArray(add, new JsonArray("HSET", "thread", "last", call[^1].Key)).ToJsonString());
    }

    private static byte[] Vectors(BareRow[] call) => JsonSerializer.SerializeToUtf8Bytes(call.Select(row => new { id = row.Message.Id, vector = row.Vector }));
}
