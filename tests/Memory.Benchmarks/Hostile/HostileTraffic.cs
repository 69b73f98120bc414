using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Memory.Core;

namespace Memory.Benchmarks.Hostile;

/// <summary>Somebody who tries what the service is to stand: foreign ids, wrong and forged credentials, broken and oversized bodies, slow and broken connections. One connection an attempt, written byte by byte.</summary>
internal sealed class HostileTraffic(Uri address, Keys keys, Answers answers, int seed)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private readonly Random random = new(1_000_000 + seed);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var attempt = Next();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Patience);
            var start = Stopwatch.GetTimestamp();
            try
            {
                var status = await SendAsync(attempt, limit.Token);
                if (attempt.Expected.Length > 0)
                {
                    answers.Note($"hostile: {attempt.What}", status, attempt.Expected, Stopwatch.GetElapsedTime(start));
                }
            }
            catch (OperationCanceledException)
            {
                if (!cancellationToken.IsCancellationRequested)
                {
                    answers.Note($"hostile: {attempt.What}", -1, attempt.Expected, Stopwatch.GetElapsedTime(start)); // nobody should be held for so long
                }
            }
        }
    }

    private Attempt Next()
    {
        var victim = $"user-{random.Next(keys.Valid.Count)}";
        var thread = $"/v1/threads/{ValidTraffic.KeptThread(victim)}";
        return random.Next(24) switch
        {
            0 => Get("another's thread", keys.Eve, $"{thread}/messages?last=50", 404),
            1 => Post("another's thread, recall", keys.Eve, $"{thread}/recall", """{"query":"word1 word2","semanticRecall":{"scope":"resource"}}""", 404),
            2 => Post("another's thread, append", keys.Eve, $"{thread}/messages", """{"messages":[{"role":"user","content":"mine"}]}""", 404),
            3 => Get("another's resource", keys.Eve, $"/v1/resources/{victim}/export", 403),
            4 => Request("another's resource, erase", keys.Eve, "DELETE", $"/v1/resources/{victim}", null, 403),
            5 => Get("no credentials", null, thread, 401),
            6 => Get("a guessed key", KeyText.New().Reveal(), thread, 401),
            7 => Get("a revoked key", keys.Revoked, thread, 401),
            8 => Get("a forged token", Forged(victim), thread, 401),
            9 => Post("broken JSON", keys.Eve, "/v1/threads/e/messages", """{"messages":[{"role":"user","content":"x}""", 400),
            10 => Post("deep JSON", keys.Eve, "/v1/threads/e/messages", $$"""{"messages":[{"role":"user","content":"x","metadata":{{Deep(5_000)}}}]}""", 400),
            11 => Post("unknown fields", keys.Eve, "/v1/threads/e/messages", """{"user_id":"user-1","messages":[]}""", 400),
            12 => Post("a body of 5 MiB", keys.Eve, "/v1/threads/e/messages", new string(' ', 5 * 1024 * 1024), 413, 0),
            13 => Post("1,001 messages", keys.Eve, "/v1/threads/e/messages", $$"""{"messages":[{{string.Join(',', Enumerable.Repeat("""{"role":"user","content":"x"}""", 1_001))}}]}""", 413),
            14 => Raw("headers of 64 KiB", $"GET /v1/threads HTTP/1.1\r\nHost: h\r\nx-filler: {new string('a', 64 * 1024)}\r\n\r\n", 431, 400, 0),
            15 => Raw("no HTTP", "\u0016\u0003\u0001\u0002 hello\r\n\r\n", 400, 0),
            16 => Get("a wrong path", keys.Eve, "/v1/threads/%ff%fe", 400),
            17 => Get("a hostile id", keys.Eve, $"/v1/threads/{Uri.EscapeDataString("' or 1=1 --")}/messages", 404),
            18 => Get("no such route", keys.Eve, "/v1/../../etc/passwd", 404, 400),
            19 => Request("a wrong method", keys.Eve, "PUT", "/v1/threads", "{}", 405),
            20 => new Attempt("a slow body", Head(keys.Eve, "POST", "/v1/threads/e/messages", 100_000), [408, 0], IsSlow: true),
            21 => new Attempt("slow headers", "GET /v1/threads HTTP/1.1\r\nHost: h\r\n", [408, 0], IsSlow: true),
            22 => new Attempt("a connection cut in the body", Head(keys.Eve, "POST", "/v1/threads/e/messages", 1_000) + "{", []),
            _ => Post("an endless recall", keys.Eve, "/v1/threads/e/recall", $$"""{"query":"{{new string('w', 100_001)}}"}""", 400),
        };
    }

    // A resource token as this service makes them, signed with another key.
    private string Forged(string resource)
    {
        var claims = $$"""{"iss":"memory","aud":"memory","exp":{{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()}},"resource":"{{resource}}","scope":"read write"}""";
        var signature = new byte[32];
        random.NextBytes(signature);
        return $"{Encode("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Encode(Encoding.UTF8.GetBytes(claims))}.{Encode(signature)}";
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private static string Deep(int levels) => string.Concat(Enumerable.Repeat("""{"a":""", levels)) + "1" + new string('}', levels);

    private static Attempt Get(string what, string? key, string path, params int[] expected) => Request(what, key, "GET", path, null, expected);

    private static Attempt Post(string what, string? key, string path, string json, params int[] expected) => Request(what, key, "POST", path, json, expected);

    private static Attempt Request(string what, string? key, string method, string path, string? json, params int[] expected) =>
        new(what, Head(key, method, path, json is null ? null : Encoding.UTF8.GetByteCount(json)) + json, expected);

    private static Attempt Raw(string what, string text, params int[] expected) => new(what, text, expected);

    private static string Head(string? key, string method, string path, int? length) =>
        $"{method} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{(key is null ? "" : $"Authorization: Bearer {key}\r\n")}{(length is null ? "" : $"Content-Type: application/json\r\nContent-Length: {length}\r\n")}\r\n";

    /// <summary>The status of the answer; 0 when there is none before the connection ends.</summary>
    private async Task<int> SendAsync(Attempt attempt, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.Host, address.Port, cancellationToken);
            var stream = client.GetStream();
            var sending = TrySendAsync(stream, attempt.Text, cancellationToken); // an answer may come before all is sent
            if (attempt.Expected.Length == 0)
            {
                await sending;
                return 0;
            }

            var answer = new byte[12];
            var reading = stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancellationToken).AsTask();
            while (attempt.IsSlow && !reading.IsCompleted)
            {
                await Task.WhenAny(reading, Task.Delay(1_000, cancellationToken));
                await TrySendAsync(stream, "a", cancellationToken);
            }

            var count = await reading;
            return count == answer.Length && int.TryParse(Encoding.ASCII.GetString(answer.AsSpan(9, 3)), NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : 0;
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            return 0;
        }
    }

    private static async Task TrySendAsync(NetworkStream stream, string text, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        }
        catch (IOException)
        {
            // It has hung up, maybe with an answer.
        }
    }

    /// <summary>One attempt.</summary>
    /// <param name="What">What it is.</param>
    /// <param name="Text">What goes over the connection.</param>
    /// <param name="Expected">The answers that are documented for it, 0 for a closed connection; none when it does not wait for one.</param>
    /// <param name="IsSlow">Whether a byte a second follows.</param>
    private sealed record Attempt(string What, string Text, int[] Expected, bool IsSlow = false);
}
