using System.Net.Http.Headers;
using System.Text.Json;
using Memory.Core;

namespace Memory.Benchmarks.Load;

/// <summary>A server process over its HTTP API; the client's own work is part of every figure.</summary>
internal sealed class HttpConversations(Uri address) : IConversations
{
    private static readonly MediaTypeHeaderValue JsonType = new("application/json");
    private readonly HttpClient http = new() { BaseAddress = address, Timeout = TimeSpan.FromMinutes(1) };

    /// <inheritdoc/>
    public async Task AppendAsync(string threadId, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(CoreConversations.Request(texts), CoreJson.Default.AppendRequest);
        await CountAsync(HttpMethod.Post, $"/v1/threads/{threadId}/messages", body, "messages", cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> LastAsync(string threadId, int count, CancellationToken cancellationToken) =>
        CountAsync(HttpMethod.Get, $"/v1/threads/{threadId}/messages?last={count}", null, "items", cancellationToken);

    /// <inheritdoc/>
    public Task<int> ThreadsAsync(int count, CancellationToken cancellationToken) =>
        CountAsync(HttpMethod.Get, $"/v1/threads?resourceId={CoreConversations.ResourceId}&limit={count}", null, "items", cancellationToken);

    /// <inheritdoc/>
    public Task<int> RecallAsync(string threadId, bool wholeResource, string query, CancellationToken cancellationToken)
    {
        var (path, scope) = wholeResource ? ($"/v1/resources/{CoreConversations.ResourceId}/recall", "resource") : ($"/v1/threads/{threadId}/recall", "thread");
        var last = wholeResource ? "" : "\"lastMessages\":0,"; // a resource as a whole has no last messages
        var body = System.Text.Encoding.UTF8.GetBytes($$$"""{"query":"{{{query}}}",{{{last}}}"semanticRecall":{"topK":3,"messageRange":2,"scope":"{{{scope}}}"}}""");
        return CountAsync(HttpMethod.Post, path, body, "messages", cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> TurnAsync(string threadId, string text, CancellationToken cancellationToken)
    {
        var body = System.Text.Encoding.UTF8.GetBytes(
            $$$"""{"append":{"messages":[{"role":"user","content":"{{{text}}}"}]},"lastMessages":30,"semanticRecall":{"topK":3,"messageRange":2,"scope":"resource"}}""");
        return CountAsync(HttpMethod.Post, $"/v1/threads/{threadId}/recall", body, "messages", cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<int> CountAsync(HttpMethod method, string path, byte[]? body, string list, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = JsonType } };
        }

        using var response = await http.SendAsync(request, cancellationToken);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{method} {path} answered {(int)response.StatusCode}: {System.Text.Encoding.UTF8.GetString(answer)}", null, response.StatusCode);
        }

        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty(list).GetArrayLength();
    }
}
