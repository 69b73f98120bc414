using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Flurl.Http;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// Sends JSON to one of Upstash's services and reads its answer, again after a fault that may pass. The client is the caller's, and shared by both services.
/// </summary>
internal sealed class RestClient(IFlurlClient client, ServiceAddress address, TimeSpan timeout, int retries)
{
    private const int MaxErrorLength = 1_000;

    // Carried from each answer to the next request: a replica that has not seen our last write yet is then not asked (https://upstash.com/docs/redis/features/consistency).
    private const string SyncToken = "upstash-sync-token";

    private volatile string lastSync = "";
    private long serverSeconds;

    /// <summary>Which service it is, for error messages.</summary>
    public ServiceAddress Address => address;

    /// <summary>The time that the newest answer says it was made at, to the second; null when none said so.</summary>
    public DateTimeOffset? ServerTime => Volatile.Read(ref serverSeconds) is > 0 and var seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    /// <summary>Posts a body and gives the answer's text to be read.</summary>
    /// <param name="operation">What is being done, as a verb phrase.</param>
    /// <param name="path">The path below the service's address; nothing in it may need escaping.</param>
    /// <param name="body">UTF-8 JSON.</param>
    /// <param name="read">Reads the answer; what it throws is not a reason to send again unless it is a transient <see cref="MemoryStoreException"/>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <param name="mayRepeat">Whether the same request has the same effect and answer when it is sent again.</param>
    /// <param name="commands">How many commands the body holds.</param>
    /// <exception cref="MemoryStoreException">The service could not be reached, refused, or answered with something else than JSON.</exception>
    public async Task<T> SendAsync<T>(string operation, string path, ReadOnlyMemory<byte> body, Func<JsonElement, T> read, CancellationToken cancellationToken, bool mayRepeat = true, int commands = 1)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var receipt = CostReceipt.Current;
                BackendCalls.Request(address.System, commands, receipt);
                BackendCalls.Bytes(address.System, sent: body.Length, received: 0, receipt);
                return await SendOnceAsync(path, body, read, cancellationToken);
            }
            catch (RestException fault) when (fault.IsTransient && mayRepeat && attempt < retries)
            {
                Retries.OfBackend(address.System);

                // Full jitter, so that instances hit by the same fault do not come back together; a wait that the service asks for is kept to.
                var backoff = TimeSpan.FromMilliseconds(Random.Shared.Next(50, 100 << (attempt + 1)));
                await Task.Delay(fault.RetryAfter > backoff ? fault.RetryAfter.Value : backoff, cancellationToken);
            }
            catch (RestException fault)
            {
                throw new MemoryStoreException(Faults.Store, operation, fault.IsTransient, fault.Message, fault);
            }
        }
    }

    private async Task<T> SendOnceAsync<T>(string path, ReadOnlyMemory<byte> body, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        using var document = await PostAsync(path, body, cancellationToken);
        BackendCalls.Bytes(address.System, sent: 0, received: JsonMarshal.GetRawUtf8Value(document.RootElement).Length, CostReceipt.Current);
        return Read(read, document.RootElement);
    }

    private async Task<JsonDocument> PostAsync(string path, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            using var content = new ReadOnlyMemoryContent(body);
            content.Headers.ContentType = new("application/json");
            using var response = await (address.Url + path).WithClient(client)
                .WithHeader("Authorization", $"Bearer {address.Token}").WithHeader(SyncToken, lastSync).AllowAnyHttpStatus()
                .SendAsync(HttpMethod.Post, content, limit.Token, HttpCompletionOption.ResponseHeadersRead);
            Volatile.Write(ref serverSeconds, response.Headers.Date?.ToUnixTimeSeconds() ?? 0);
            if (response.Headers.TryGetValues(SyncToken, out var tokens))
            {
                lastSync = tokens.First();
            }

            if (!response.IsSuccessStatusCode)
            {
                throw await FailureAsync(response, limit.Token);
            }

            await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
            return await JsonDocument.ParseAsync(stream, cancellationToken: limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RestException($"{address.Service} did not answer within {timeout.TotalSeconds:0.##} s", isTransient: true);
        }
        catch (Exception fault) when (fault is HttpRequestException or FlurlHttpException or IOException)
        {
            throw new RestException($"{address.Service} cannot be reached, or the connection broke", isTransient: true, inner: fault);
        }
        catch (JsonException fault)
        {
            throw new RestException($"{address.Service} answered with something else than JSON, or with half of it; see {address.Setting}", isTransient: true, inner: fault);
        }
    }

    private T Read<T>(Func<JsonElement, T> read, JsonElement answer)
    {
        try
        {
            return read(answer);
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new RestException($"{address.Service} answered with something unknown; see {address.Setting}:Url", isTransient: false, inner: fault);
        }
    }

    private async Task<RestException> FailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxErrorLength];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var text = Encoding.UTF8.GetString(buffer, 0, await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken));
        var error = ErrorOf(text);
        var fault = Faults.Of(address, response.StatusCode, error, response.Headers.RetryAfter?.Delta);
        (fault.Status, fault.Error) = (response.StatusCode, error);
        return fault;
    }

    // {"error": "…"}, from either service; a proxy in between says what it likes.
    private static string ErrorOf(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.String
                ? error.GetString()! // a string, as its kind says
                : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}

/// <summary>Where a service is, and how its settings are called.</summary>
/// <param name="Service">Its name, for messages: <c>Upstash Redis</c>.</param>
/// <param name="Url">Its address, without a slash at the end.</param>
/// <param name="Token">Its token.</param>
/// <param name="Setting">The section that configures it.</param>
internal sealed record ServiceAddress(string Service, string Url, string Token, string Setting)
{
    /// <summary>What it is in telemetry: <c>db.system.name</c>.</summary>
    public string System { get; init; } = "redis";
}

/// <summary>A request that failed, before it is known what for.</summary>
internal sealed class RestException(string message, bool isTransient, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public bool IsTransient { get; } = isTransient;

    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Whether a command's arguments, its result, or a key would have been larger than the plan allows.</summary>
    public bool IsTooLarge { get; init; }

    /// <summary>Whether a fault comes from a size.</summary>
    public static bool IsSize(MemoryStoreException fault) => fault.InnerException is RestException { IsTooLarge: true };

    /// <summary>The answer's status; null when there was no answer.</summary>
    public HttpStatusCode? Status { get; internal set; }

    /// <summary>What the service said, at most the first of it; not for callers.</summary>
    public string Error { get; internal set; } = "";
}
