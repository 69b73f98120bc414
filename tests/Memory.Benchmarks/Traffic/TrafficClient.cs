using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Memory.Benchmarks.Load;
using Memory.Core;

namespace Memory.Benchmarks.Traffic;

/// <summary>
/// A server's API as its users have it, over as many connections as there are requests at once. It reads every answer to its end but does not take it apart:
/// on the same two cores that would be at the server's cost.
/// </summary>
internal sealed class TrafficClient(Uri address) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly MediaTypeHeaderValue JsonType = new("application/json");

    private readonly HttpClient http = new() { BaseAddress = address, Timeout = Limit };

    /// <summary>How appends were answered.</summary>
    public Ledger Ledger { get; } = new();

    /// <summary>Stores a thread's first messages.</summary>
    public async Task FillAsync(string resource, string thread, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(CoreConversations.Request(texts) with { ResourceId = resource }, CoreJson.Default.AppendRequest);
        Require(await SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", body, cancellationToken), "filled");
    }

    /// <summary>Removes a resource with its threads.</summary>
    public async Task EraseAsync(string resource, CancellationToken cancellationToken) =>
        Require(await SendAsync(HttpMethod.Delete, $"/v1/resources/{resource}", null, cancellationToken), "emptied");

    /// <summary>Appends one message of a user's, and recalls topK 3, range 2, and the last 30.</summary>
    public Task<Answer> TurnAsync(string thread, string id, string text, CancellationToken cancellationToken) => AppendAsync(
        thread, id, $"/v1/threads/{thread}/recall",
        $$$"""{"append":{"messages":[{"id":"{{{id}}}","role":"user","content":"{{{text}}}"}]},"lastMessages":30,"semanticRecall":{"topK":3,"messageRange":2,"scope":"resource"}}""", cancellationToken);

    /// <summary>Appends one message of an agent's.</summary>
    public Task<Answer> AppendAsync(string thread, string id, string text, CancellationToken cancellationToken) => AppendAsync(
        thread, id, $"/v1/threads/{thread}/messages", $$"""{"messages":[{"id":"{{id}}","role":"assistant","content":"{{text}}"}]}""", cancellationToken);

    /// <summary>Reads the last 30.</summary>
    public Task<Answer> LastAsync(string thread, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, $"/v1/threads/{thread}/messages?last=30", null, cancellationToken);

    /// <summary>The ids of all messages of a thread, in order.</summary>
    public async Task<IReadOnlyList<string>> IdsAsync(string thread, CancellationToken cancellationToken)
    {
        List<string> ids = [];
        for (string? cursor = "", path = $"/v1/threads/{thread}/messages?limit=1000"; cursor is not null;)
        {
            using var page = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri(path + cursor, UriKind.Relative), cancellationToken));
            ids.AddRange(page.RootElement.GetProperty("items").EnumerateArray().Select(message => message.GetProperty("id").GetString() ?? ""));
            cursor = page.RootElement.TryGetProperty("nextCursor", out var next) && next.GetString() is { } more ? $"&cursor={Uri.EscapeDataString(more)}" : null;
        }

        return ids;
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<Answer> AppendAsync(string thread, string id, string path, string body, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes(body), cancellationToken);
        Ledger.Note(thread, id, answer);
        return answer;
    }

    private async Task<Answer> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = JsonType } };
        }

        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode ? Answer.Done : new Answer(Refusal(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken)));
        }
        catch (HttpRequestException fault)
        {
            return new Answer(fault.HttpRequestError.ToString());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Answer("no answer in time");
        }
    }

    private static void Require(Answer answer, string what)
    {
        if (answer.Refusal is { } refusal)
        {
            throw new HttpRequestException($"The store could not be {what}: {refusal}.");
        }
    }

    private static string Refusal(HttpStatusCode status, byte[] problem)
    {
        try
        {
            using var json = JsonDocument.Parse(problem);
            return $"{(int)status} {json.RootElement.GetProperty("code").GetString()}";
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException)
        {
            return $"{(int)status}"; // a bare 500, for one
        }
    }
}
