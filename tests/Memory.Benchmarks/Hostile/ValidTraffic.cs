using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace Memory.Benchmarks.Hostile;

/// <summary>A caller who uses the service as it is meant: appends, recalls, lists, edits, removes, and asks for work to be done later.</summary>
internal sealed class ValidTraffic(Uri address, (string Resource, string Key) who, Answers answers, int seed)
{
    private const int Threads = 20;
    private readonly Random random = new(seed);

    /// <summary>A resource's thread that is there from the beginning to the end. The others come and go, and an id that nobody has is anybody's.</summary>
    public static string KeptThread(string resource) => $"{resource}-kept";

    /// <summary>Makes the thread that stays.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        using var client = Client();
        using var content = new StringContent($$"""{"messages":[{"role":"user","content":"{{Sentence()}}"}]}""", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri($"/v1/threads/{KeptThread(who.Resource)}/messages", UriKind.Relative), content, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var client = Client();
        for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            var thread = $"/v1/threads/{who.Resource}-{random.Next(Threads)}";
            var message = $$"""{"messages":[{"role":"user","content":"{{Sentence()}}"}],"resourceId":"{{who.Resource}}"}""";

            // Several callers have the same threads: one that is asked for, or was appended to just now, may have been removed by another.
            await (random.Next(20) switch
            {
                < 8 => SendAsync(client, "append", HttpMethod.Post, $"{thread}/messages", message, [201], cancellationToken),
                < 12 => SendAsync(client, "recall", HttpMethod.Post, $"{thread}/recall", $$"""{"query":"{{Sentence()}}","semanticRecall":{"scope":"resource"},"lastMessages":10}""", [200, 404], cancellationToken),
                < 14 => SendAsync(client, "turn", HttpMethod.Post, $"{thread}/recall", $$"""{"append":{{message}},"format":"prompt"}""", [200, 404], cancellationToken),
                < 16 => SendAsync(client, "last 20", HttpMethod.Get, $"{thread}/messages?last=20", null, [200, 404], cancellationToken),
                < 17 => SendAsync(client, "append for later", HttpMethod.Post, $"{thread}/messages", message, [202], cancellationToken, isAsync: true),
                < 18 => SendAsync(client, "threads", HttpMethod.Get, "/v1/threads?limit=20", null, [200], cancellationToken),
                < 19 => SendAsync(client, "working memory", HttpMethod.Patch, $"/v1/resources/{who.Resource}/working-memory", """{"seen":true}""", [200], cancellationToken),
                _ => SendAsync(client, "delete a thread", HttpMethod.Delete, thread, null, [204, 404], cancellationToken),
            });
        }
    }

    private HttpClient Client() =>
        new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", who.Key) } };

    // Threads that grow for ten minutes would measure that, and not the server under attack.
    private string Sentence() => string.Join(' ', Enumerable.Range(0, 20).Select(_ => $"word{random.Next(5_000)}"));

    private async Task SendAsync(HttpClient client, string what, HttpMethod method, string path, string? json, int[] expected, CancellationToken cancellationToken, bool isAsync = false)
    {
        using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        if (isAsync)
        {
            request.Headers.Add("Prefer", "respond-async");
        }

        var start = Stopwatch.GetTimestamp();
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            await response.Content.ReadAsByteArrayAsync(cancellationToken);
            answers.Note($"valid: {what}", (int)response.StatusCode, expected, Stopwatch.GetElapsedTime(start));
            await (response.StatusCode is System.Net.HttpStatusCode.TooManyRequests or System.Net.HttpStatusCode.ServiceUnavailable ? Task.Delay(random.Next(20, 100), cancellationToken) : Task.CompletedTask);
        }
        catch (HttpRequestException)
        {
            answers.Note($"valid: {what}", 0, [0], Stopwatch.GetElapsedTime(start)); // no connection left: the hostile ones have them
            await Task.Delay(random.Next(20, 100), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
    }
}
