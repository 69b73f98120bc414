using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Memory.Http.Tests;

/// <summary>
/// The server under test: one in this process, or the one at <c>MEMORY_TEST_BASE_URL</c> (with <c>MEMORY_TEST_API_KEY</c>, if it wants a key),
/// which others may be using too. So every test makes ids of its own and never counts on an empty store.
/// </summary>
public sealed class Api : IAsyncLifetime
{
    public const string Json = "application/json";

    // Paths go out as they are written: no dot segments removed, nothing unescaped.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private readonly HttpClient client = new() { Timeout = TimeSpan.FromSeconds(60) };
    private OwnServer? own;
    private string url = "";

    /// <summary>Whether the server is this process's own, and nobody else talks to it.</summary>
    public bool IsOwn => own is not null;

    /// <summary>Whether a router stands before the service that decodes paths, and answers what it knows no route for: a Functions host.</summary>
    public bool IsBehindRouter { get; private set; }

    public static string NewId(string kind) => $"{kind}-{Guid.NewGuid():N}";

    public static string Escape(string id) => Uri.EscapeDataString(id);

    /// <summary>A text as JSON.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text);

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("MEMORY_TEST_BASE_URL") is { Length: > 0 } other)
        {
            url = other.TrimEnd('/');
            if (Environment.GetEnvironmentVariable("MEMORY_TEST_API_KEY") is { Length: > 0 } key)
            {
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            }

            IsBehindRouter = (await GetAsync("/v1/nothing")).Body.Length == 0;
            return;
        }

        own = await OwnServer.StartAsync();
        url = own.Url;
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        if (own is not null)
        {
            await own.DisposeAsync();
        }
    }

    public Task<Reply> GetAsync(string path, params (string Name, string Value)[] headers) => SendTextAsync("GET", path, null, null, headers);

    public Task<Reply> DeleteAsync(string path, params (string Name, string Value)[] headers) => SendTextAsync("DELETE", path, null, null, headers);

    public Task<Reply> PostAsync(string path, string json, params (string Name, string Value)[] headers) => SendTextAsync("POST", path, json, Json, headers);

    public Task<Reply> PatchAsync(string path, string json, params (string Name, string Value)[] headers) => SendTextAsync("PATCH", path, json, Json, headers);

    public Task<Reply> PutAsync(string path, string body, string type, params (string Name, string Value)[] headers) => SendTextAsync("PUT", path, body, type, headers);

    public Task<Reply> SendTextAsync(string method, string path, string? body, string? type, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body)), type, headers);

    public async Task<Reply> SendAsync(string method, string path, HttpContent? content, string? type, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(url + path, AsWritten)) { Content = content };
        if (type is not null)
        {
            Assert.True(content!.Headers.TryAddWithoutValidation("Content-Type", type));
        }

        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        // A body that is refused for its size need not be sent.
        request.Headers.ExpectContinue = content is StreamContent || content?.Headers.ContentLength > 1_000_000;
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return await Reply.ReadAsync(response);
    }

    /// <summary>Makes a thread of a resource and returns its id.</summary>
    public async Task<string> NewThreadAsync(string resourceId)
    {
        var id = NewId("thread");
        (await PostAsync("/v1/threads", $$"""{"id":{{Quote(id)}},"resourceId":{{Quote(resourceId)}}}""")).Is(201);
        return id;
    }

    /// <summary>Makes a thread that holds a user message for each text.</summary>
    public async Task<string> NewThreadAsync(string resourceId, params string[] texts)
    {
        var id = await NewThreadAsync(resourceId);
        await AppendAsync(id, texts);
        return id;
    }

    /// <summary>Appends a user message for each text.</summary>
    public async Task<Reply> AppendAsync(string threadId, params string[] texts) => (await PostAsync(
        $"/v1/threads/{Escape(threadId)}/messages",
        $$"""{"messages":[{{string.Join(',', texts.Select(text => $$"""{"role":"user","content":{{Quote(text)}}}"""))}}]}""")).Is(201);
}
