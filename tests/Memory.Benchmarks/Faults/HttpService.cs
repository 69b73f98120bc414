using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Memory.Core;

namespace Memory.Benchmarks.Faults;

/// <summary>Servers of one database over HTTP. A caller whose server does not answer goes to the next.</summary>
internal sealed class HttpService : IService
{
    /// <summary>Whose conversations all of them are.</summary>
    public const string ResourceId = "faults";

    private static readonly MediaTypeHeaderValue JsonType = new("application/json");
    private readonly HttpClient http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = TimeSpan.FromSeconds(15) };
    private Uri[] addresses = [];
    private int next;

    /// <summary>Where the servers are that may be asked.</summary>
    public IReadOnlyList<Uri> Addresses
    {
        get => Volatile.Read(ref addresses);
        set => Volatile.Write(ref addresses, [.. value]);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<long>> AppendAsync(IReadOnlyList<Said> messages, CancellationToken cancellationToken)
    {
        using var answer = await AppendAsync(messages, isLater: false, cancellationToken) ?? throw NoThread(messages[0].ThreadId);
        return Positions(answer.RootElement);
    }

    /// <inheritdoc/>
    public async Task<string> AcceptAsync(IReadOnlyList<Said> messages, CancellationToken cancellationToken)
    {
        using var answer = await AppendAsync(messages, isLater: true, cancellationToken) ?? throw NoThread(messages[0].ThreadId);
        return answer.RootElement.GetProperty("id").GetString() ?? throw new WrongAnswerException("An operation was accepted without an id.");
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<long>?> FindResultAsync(string operation, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"/v1/operations/{operation}", null, isLater: false, cancellationToken)
            ?? throw new WrongAnswerException($"The operation {operation} was accepted, and is not there.");
        return answer.RootElement.GetProperty("status").GetString() switch
        {
            "succeeded" => Positions(answer.RootElement.GetProperty("result")),
            "failed" => throw new WrongAnswerException($"An accepted operation was given up: {answer.RootElement.GetProperty("error")}"),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Found>> LastAsync(string threadId, int count, CancellationToken cancellationToken) =>
        (await PageAsync(threadId, $"last={count}", cancellationToken)).Items;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Found>> AllAsync(string threadId, CancellationToken cancellationToken)
    {
        List<Found> all = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await PageAsync(threadId, $"limit=1000{(cursor.Length > 0 ? $"&cursor={Uri.EscapeDataString(cursor)}" : "")}", cancellationToken);
            all.AddRange(page.Items);
            cursor = page.Cursor;
        }

        return all;
    }

    /// <inheritdoc/>
    public async Task<Recalled> RecallAsync(string threadId, string question, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes($$$"""{"query":"{{{question}}}","lastMessages":0,"explain":true,"semanticRecall":{"topK":3,"messageRange":0}}""");
        using var answer = await SendAsync(HttpMethod.Post, $"/v1/threads/{threadId}/recall", body, isLater: false, cancellationToken) ?? throw NoThread(threadId);
        var explain = answer.RootElement.GetProperty("explain");
        return new Recalled(
            [.. explain.GetProperty("hits").EnumerateArray().Select(hit => (hit.GetProperty("position").GetInt64(), Cosine(hit.GetProperty("signals"))))],
            explain.TryGetProperty("dense", out var dense) && !dense.TryGetProperty("failure", out _),
            answer.RootElement.GetProperty("pendingEmbeddings").GetInt64());
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static WrongAnswerException NoThread(string threadId) => new($"The thread {threadId} was written to, and is not there.");

    private static double? Cosine(JsonElement signals) => signals.TryGetProperty("dense", out var cosine) ? cosine.GetDouble() : null;

    private static List<long> Positions(JsonElement result) => [.. result.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("position").GetInt64())];

    private Task<JsonDocument?> AppendAsync(IReadOnlyList<Said> messages, bool isLater, CancellationToken cancellationToken)
    {
        var request = new AppendRequest
        {
            ResourceId = ResourceId,
            Messages = [.. messages.Select(message => new MessageInput { Id = message.Id, Role = "user", Content = MessageContent.FromText(message.Text).Json })],
        };
        return SendAsync(HttpMethod.Post, $"/v1/threads/{messages[0].ThreadId}/messages", JsonSerializer.SerializeToUtf8Bytes(request, CoreJson.Default.AppendRequest), isLater, cancellationToken);
    }

    private async Task<(List<Found> Items, string? Cursor)> PageAsync(string threadId, string query, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"/v1/threads/{threadId}/messages?{query}", null, isLater: false, cancellationToken);
        return answer is null ? ([], null) : (
            [
                .. answer.RootElement.GetProperty("items").EnumerateArray().Select(item =>
                    new Found(item.GetProperty("id").GetString() ?? "", item.GetProperty("position").GetInt64(), item.GetProperty("content").GetString() ?? "")),
            ],
            answer.RootElement.GetProperty("nextCursor").GetString());
    }

    /// <returns>Null for 404.</returns>
    private async Task<JsonDocument?> SendAsync(HttpMethod method, string path, byte[]? body, bool isLater, CancellationToken cancellationToken)
    {
        var servers = Addresses;
        using var request = new HttpRequestMessage(method, new Uri(servers[(int)((uint)Volatile.Read(ref next) % servers.Count)], path));
        request.Content = body is null ? null : new ByteArrayContent(body) { Headers = { ContentType = JsonType } };
        if (isLater)
        {
            request.Headers.Add("Prefer", "respond-async");
        }

        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            Interlocked.Add(ref next, servers.Count > 1 ? 1 : 0); // several servers are asked in turn
            return response.StatusCode switch
            {
                HttpStatusCode.NotFound => null,
                HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout =>
                    throw new UnansweredException($"{method} {path} answered {(int)response.StatusCode}: {Encoding.UTF8.GetString(answer)}"),
                _ when !response.IsSuccessStatusCode => throw new WrongAnswerException($"{method} {path} answered {(int)response.StatusCode}: {Encoding.UTF8.GetString(answer)}"),
                _ => JsonDocument.Parse(answer),
            };
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Interlocked.Increment(ref next);
            throw new UnansweredException($"{method} {path} had no answer: {exception.Message}", exception);
        }
    }
}
