using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Memory.Fakes;

/// <summary>
/// The embeddings of OpenAI and Azure OpenAI over HTTP on this machine: <c>/v1/embeddings</c> and <c>/openai/deployments/{deployment}/embeddings</c>, with the
/// answers, limits and refusals of the real ones, and whatever goes wrong on demand.
/// </summary>
public sealed class FakeOpenAI : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly FakeOpenAIOptions options;
    private readonly ConcurrentDictionary<string, int> embedded = new();
    private int requests;

    private FakeOpenAI(WebApplication app, FakeOpenAIOptions options) => (this.app, this.options) = (app, options);

    /// <summary>Its address on Azure's side: <c>http://127.0.0.1:PORT</c>; OpenAI's is this and <c>/v1</c>.</summary>
    public string Url => app.Urls.Single();

    /// <summary>The key it accepts; empty when it accepts anybody.</summary>
    public string Key => options.Key ?? "";

    /// <summary>How many requests arrived, refused ones included.</summary>
    public int Requests => requests;

    /// <summary>How often each text was embedded.</summary>
    public IReadOnlyDictionary<string, int> TextsEmbedded => embedded;

    /// <summary>The bodies that arrived, in order.</summary>
    public ConcurrentQueue<JsonElement> Bodies { get; } = new();

    /// <summary>What goes wrong with a request, by its number from 1; null when nothing does.</summary>
    public Func<int, FakeFault?>? Fault { get; set; }

    /// <summary>What a request waits for before it is answered; it is told when the caller hangs up.</summary>
    public Func<CancellationToken, Task>? Delay { get; set; }

    /// <summary>Starts one on a free port.</summary>
    public static async Task<FakeOpenAI> StartAsync(FakeOpenAIOptions? options = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        FakeOpenAI fake = new(app, options ?? new FakeOpenAIOptions());
        app.MapPost("/v1/embeddings", context => fake.HandleAsync(context, deployment: null));
        app.MapPost("/openai/deployments/{deployment}/embeddings", context => fake.HandleAsync(context, (string?)context.Request.RouteValues["deployment"]));
        await app.StartAsync();
        return fake;
    }

    /// <summary>From now on every request goes wrong like this, or only the next few.</summary>
    public void FailWith(FakeFault fault, int next = int.MaxValue)
    {
        var last = (long)requests + next;
        Fault = number => number <= last ? fault : null;
    }

    /// <summary>From now on nothing goes wrong.</summary>
    public void Recover() => Fault = null;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Requests that still wait are cut off.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context, string? deployment)
    {
        var number = Interlocked.Increment(ref requests);
        if (Delay is { } delay)
        {
            await delay(context.RequestAborted);
        }

        var fault = Fault?.Invoke(number);
        if (fault?.How == FakeFault.Breakage.Reset)
        {
            context.Features.Get<IConnectionSocketFeature>()!.Socket.LingerState = new(enable: true, seconds: 0); // Kestrel's own connections are sockets
            context.Features.Get<IConnectionSocketFeature>()!.Socket.Close();
            return;
        }

        if (fault is { Status: > 0 })
        {
            foreach (var (name, value) in fault.Headers)
            {
                context.Response.Headers[name] = value;
            }

            await RefuseAsync(context, fault.Status, $"{fault.Status}", "A scripted fault.");
            return;
        }

        var body = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body, cancellationToken: context.RequestAborted);
        Bodies.Enqueue(body);
        if (Refusal(context, deployment, body) is var (status, code, message))
        {
            await RefuseAsync(context, status, code, message);
            return;
        }

        await AnswerAsync(context, body, fault?.How ?? FakeFault.Breakage.None);
    }

    private (int Status, string Code, string Message)? Refusal(HttpContext context, string? deployment, JsonElement body)
    {
        var headers = context.Request.Headers;
        var bearer = headers.Authorization.ToString() is var header && header.StartsWith("Bearer ", StringComparison.Ordinal) ? header["Bearer ".Length..] : null;
        var isKnown = deployment is null ? bearer == options.Key : headers["api-key"] == options.Key || (bearer is not null && bearer == options.IdentityToken);
        if (options.Key is not null && !isKnown)
        {
            return (401, "invalid_api_key", $"Incorrect API key provided: {bearer ?? headers["api-key"].ToString()}.");
        }

        if (deployment is not null && context.Request.Query["api-version"].Count != 1)
        {
            return (404, "404", "Resource not found");
        }

        if (deployment is null ? body.GetProperty("model").GetString() != options.Model : deployment != options.Deployment)
        {
            return (404, deployment is null ? "model_not_found" : "DeploymentNotFound", "The deployment or model does not exist.");
        }

        var texts = Texts(body);
        if (texts.Count is 0 or > 2048 || texts.FirstOrDefault(text => text.Length == 0 || text.Contains(options.BadText, StringComparison.Ordinal)) is not null)
        {
            return (400, "invalid_request_error", $"'$.input' is invalid: {string.Join(", ", texts.Take(3))}");
        }

        return !options.IgnoresDimensions && body.TryGetProperty("dimensions", out var dimensions) && (!options.AcceptsDimensions || dimensions.GetInt32() is var asked && (asked < 1 || asked > options.Dimensions))
            ? (400, "invalid_request_error", "This model does not support specifying dimensions.")
            : null;
    }

    private async Task AnswerAsync(HttpContext context, JsonElement body, FakeFault.Breakage how)
    {
        var texts = Texts(body);
        var dimensions = !options.IgnoresDimensions && body.TryGetProperty("dimensions", out var asked) ? asked.GetInt32() : options.Dimensions;
        var inBase64 = !options.AlwaysNumbers && body.TryGetProperty("encoding_format", out var format) && format.GetString() == "base64";
        List<JsonObject> data = [];
        foreach (var (index, text) in texts.Index())
        {
            embedded.AddOrUpdate(text, 1, (_, count) => count + 1);
            var factor = how switch { FakeFault.Breakage.Zero => 0, FakeFault.Breakage.Stretch => 3, _ => 1 };
            var vector = Array.ConvertAll(FakeVectors.Of(text, dimensions), value => value * factor);
            data.Add(new JsonObject { ["object"] = "embedding", ["index"] = index, ["embedding"] = inBase64 ? Base64(vector) : Numbers(vector) });
        }

        if (how == FakeFault.Breakage.Reverse)
        {
            data.Reverse();
        }

        if (how == FakeFault.Breakage.LeaveOut)
        {
            data.RemoveAt(data.Count - 1);
        }

        var tokens = texts.Sum(text => (text.Length / 4) + 1);
        JsonObject answer = new()
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. data]),
            ["model"] = options.Model,
            ["usage"] = new JsonObject { ["prompt_tokens"] = tokens, ["total_tokens"] = tokens },
        };
        var bytes = how == FakeFault.Breakage.Garbage ? "<html>"u8.ToArray() : JsonSerializer.SerializeToUtf8Bytes(answer);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(how == FakeFault.Breakage.Truncate ? bytes.AsMemory(0, bytes.Length / 2) : bytes, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        if (how == FakeFault.Breakage.Truncate)
        {
            context.Abort();
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message, ["type"] = "error", ["param"] = null } });
    }

    private static List<string> Texts(JsonElement body) => body.GetProperty("input") is { ValueKind: JsonValueKind.String } one
        ? [one.GetString()!] // a string has one
        : [.. body.GetProperty("input").EnumerateArray().Select(text => text.GetString()!)];

    private static JsonNode Base64(float[] vector)
    {
        var bytes = new byte[vector.Length * sizeof(float)];
        for (var i = 0; i < vector.Length; i++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        }

        return JsonValue.Create(Convert.ToBase64String(bytes));
    }

    private static JsonArray Numbers(float[] vector) => [.. vector.Select(value => JsonValue.Create(value))];
}
