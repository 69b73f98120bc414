using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Memory.Fakes;
using Memory.Server;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Memory.OpenApi.Tests;

/// <summary>A server in this process on a database in memory, with an embedder, and what the examples presuppose.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    /// <summary>The key behind the operation id that is an example.</summary>
    internal const string IdempotencyKey = "turn-7";

    private const string Key = "a key that opens everything";

    private FakeOpenAI? embedder;
    private WebApplication? app;

    public HttpClient Client { get; } = new();

    public async ValueTask InitializeAsync()
    {
        embedder = await FakeOpenAI.StartAsync();
        app = ServerHost.Build(
        [
            "--urls", "http://127.0.0.1:0", "--Memory:Storage:Backend", "libsql", "--Memory:LibSql:Url", ":memory:", "--Logging:LogLevel:Default", "Warning",
            "--Memory:Embedding:Provider", "openai", "--Memory:Embedding:OpenAI:Url", $"{embedder.Url}/v1", "--Memory:Embedding:OpenAI:ApiKey", embedder.Key,
            "--Memory:Http:ApiKey", Key, "--Memory:Http:Tokens:SigningKey", Convert.ToBase64String(new byte[32]),
        ]);
        await ServerHost.StartAsync(app);
        Client.BaseAddress = new Uri(app.Urls.Single());
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await (app?.StopAsync() ?? Task.CompletedTask);
        await (app?.DisposeAsync() ?? default);
        await (embedder?.DisposeAsync() ?? default);
    }

    /// <summary>A request made of an operation's examples.</summary>
    internal static HttpRequestMessage Request(ApiOperation operation, ApiExample? body = null)
    {
        var required = operation.Parameters.Where(parameter => parameter is { In: "query", IsRequired: true });
        var query = string.Join('&', required.Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Example.ToString()!)}")); // a required one has an example
        return new HttpRequestMessage(new HttpMethod(operation.Method), operation.ExamplePath + (query.Length > 0 ? "?" + query : ""))
        {
            Content = body is null ? null : Content(body.MediaType, body.Value),
        };
    }

    /// <summary>The body of an example: text as it is, anything else as JSON.</summary>
    internal static ByteArrayContent Content(string mediaType, JsonElement value)
    {
        var text = mediaType.StartsWith("text/", StringComparison.Ordinal) ? value.GetString()! : value.GetRawText(); // checked against a schema that says string
        return new ByteArrayContent(Encoding.UTF8.GetBytes(text)) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };
    }

    /// <summary>Empties the storage.</summary>
    internal async Task EraseAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in new[] { "ada", "grace" })
        {
            using var response = await Client.DeleteAsync($"/v1/resources/{resource}", cancellationToken);
            response.EnsureSuccessStatusCode();
        }
    }

    /// <summary>The examples' own beginning: a thread with its first messages, both working memories, and an operation under the example's key.</summary>
    internal async Task SeedAsync(CancellationToken cancellationToken)
    {
        await EraseAsync(cancellationToken);
        foreach (var (operationId, name) in new[]
        {
            ("createThread", "named"), ("appendMessages", "first"), ("putThreadWorkingMemory", "example"), ("putResourceWorkingMemory", "example"),
        })
        {
            var operation = ApiDocument.Operation(operationId);
            using var request = Request(operation, operation.RequestExamples.First(example => example.Name == name));
            using var response = await Client.SendAsync(request, cancellationToken);
            response.EnsureSuccessStatusCode();
        }
    }

    /// <summary>Appends the example for later under the example's key; the operation's id follows from both.</summary>
    internal async Task AcceptAsync(CancellationToken cancellationToken)
    {
        var append = ApiDocument.Operation("appendMessages");
        using var request = Request(append, append.RequestExamples.Single(example => example.Name == "later"));
        request.Headers.Add("Prefer", "respond-async");
        request.Headers.Add("Idempotency-Key", IdempotencyKey);
        using var response = await Client.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
