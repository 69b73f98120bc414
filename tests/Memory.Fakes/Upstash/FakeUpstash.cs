using System.Collections.Concurrent;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Memory.Fakes;

/// <summary>What the stand-ins of Upstash's services share: a server on this machine, a log of what arrived, and whatever goes wrong on demand.</summary>
public abstract class FakeUpstash : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<UpstashRequest> log = new();
    private int requests;

    private protected FakeUpstash(string token, string? readOnlyToken)
    {
        (Token, ReadOnlyToken) = (token, readOnlyToken);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null; // the stand-ins have limits of their own
        });
        app = builder.Build();
        app.Run(HandleAsync);
    }

    /// <summary>Its address: <c>http://127.0.0.1:PORT</c>.</summary>
    public string Url => app.Urls.Single();

    /// <summary>The token it accepts.</summary>
    public string Token { get; }

    /// <summary>The token with which it accepts reads only; null when there is none.</summary>
    public string? ReadOnlyToken { get; }

    /// <summary>How long each request waits before anything else happens.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>What a request waits for before anything else happens; it is told when the caller hangs up.</summary>
    public Func<UpstashRequest, CancellationToken, Task>? Delay { get; set; }

    /// <summary>What goes wrong with a request; null when nothing does. What is known of the request then: all up to its commands.</summary>
    public Func<UpstashRequest, UpstashFault?>? Fault { get; set; }

    /// <summary>The requests since the last <see cref="Reset"/>, refused and broken ones included, in the order in which they were done with.</summary>
    public IReadOnlyList<UpstashRequest> Log => [.. log];

    /// <summary>How many requests there are in the log.</summary>
    public int Requests => log.Count;

    /// <summary>How many commands or vectors Upstash would bill for the requests in the log.</summary>
    public int Billed => log.Sum(request => request.Billed);

    /// <summary>The bytes of the bodies that arrived.</summary>
    public long RequestBytes => log.Sum(request => (long)request.RequestBytes);

    /// <summary>The bytes of the bodies that were sent.</summary>
    public long ResponseBytes => log.Sum(request => (long)request.ResponseBytes);

    /// <summary>Empties the log, and with it the counts.</summary>
    public void Reset() => log.Clear();

    /// <summary>From now on requests go wrong like this: all of them, the next few, or those that <paramref name="when"/> chooses.</summary>
    public void FailWith(UpstashFault fault, int next = int.MaxValue, Func<UpstashRequest, bool>? when = null)
    {
        var left = next;
        Fault = request => (when is null || when(request)) && Interlocked.Decrement(ref left) >= 0 ? fault : null;
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
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    private protected Task ListenAsync() => app.StartAsync();

    /// <summary>Lets go of what it has beside the server.</summary>
    private protected virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    /// <summary>Adds to what is known of a request before anything is done: its commands.</summary>
    private protected virtual UpstashRequest Describe(UpstashRequest request, HttpContext context, ReadOnlyMemory<byte> body) => request;

    /// <summary>Applies a request.</summary>
    /// <returns>Its answer, and the request with what became of it.</returns>
    private protected abstract Task<(UpstashAnswer Answer, UpstashRequest Request)> ApplyAsync(UpstashRequest request, HttpContext context, ReadOnlyMemory<byte> body);

    /// <summary>Whether who asks may write; null when it is nobody known.</summary>
    private protected bool? MayWrite(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..] : context.Request.Query["_token"].ToString();
        return token == Token ? true : token.Length > 0 && token == ReadOnlyToken ? false : null;
    }

    /// <summary>An answer in JSON.</summary>
    private protected static UpstashAnswer Json(int status, Action<Utf8JsonWriter> write, params (string Name, string Value)[] headers)
    {
        using MemoryStream body = new();
        using (Utf8JsonWriter writer = new(body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(writer);
        }

        return new UpstashAnswer(status, body.GetBuffer().AsMemory(0, (int)body.Length), headers);
    }

    private async Task HandleAsync(HttpContext context)
    {
        using MemoryStream buffer = new();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var body = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        UpstashRequest request = new()
        {
            Number = Interlocked.Increment(ref requests),
            Method = context.Request.Method,
            Path = context.Request.Path,
            RequestBytes = body.Length,
            SyncToken = context.Request.Headers.TryGetValue("upstash-sync-token", out var token) ? token.ToString() : null,
        };
        request = Describe(request, context, body);
        try
        {
            await WaitAsync(request, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            log.Enqueue(request);
            throw;
        }

        var fault = Fault?.Invoke(request);
        UpstashAnswer? answer = null;
        if (fault is null || fault.IsApplied)
        {
            // Once begun it is done to its end, even if the caller hangs up: so would the service.
            (answer, request) = await ApplyAsync(request, context, body);
        }

        answer = (fault is null ? answer : fault.Instead(answer))?.CompressedFor(context);

        // Before the caller has the answer, so that a test that has it finds it in the log.
        log.Enqueue(answer is null ? request : request with { Status = answer.Status, ResponseBytes = answer.Body.Length });
        await (answer?.SendAsync(context) ?? fault!.KeepSilentAsync(context)); // without a fault there is an answer
    }

    private async Task WaitAsync(UpstashRequest request, CancellationToken cancellationToken)
    {
        if (Latency > TimeSpan.Zero)
        {
            await Task.Delay(Latency, cancellationToken);
        }

        await (Delay?.Invoke(request, cancellationToken) ?? Task.CompletedTask);
    }
}
