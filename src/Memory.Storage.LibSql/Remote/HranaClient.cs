using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Flurl.Http;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>
/// Sends batches to a libSQL server over HTTP (https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_3_SPEC.md), again after a fault that may pass. Every request is a stream
/// from its beginning to its end: there is no baton to keep, no address to follow and nothing that expires.
/// </summary>
/// <param name="client">The caller's.</param>
/// <param name="address">Where the server is.</param>
/// <param name="token">Its token; empty for none.</param>
/// <param name="timeout">The limit of one request.</param>
/// <param name="retries">How often a request is sent again.</param>
internal sealed class HranaClient(IFlurlClient client, Uri address, string token, TimeSpan timeout, int retries)
{
    private const int MaxErrorLength = 1_000;

    // The longest wait that a server may ask for within a request.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    // What it is in telemetry: db.system.name.
    private const string System = "libsql";

    private readonly WriteQueue writes = new();
    private long serverSeconds;
    private readonly string pipeline = new Uri(address, "v2/pipeline").AbsoluteUri;

    /// <summary>The time that the newest answer says it was made at, to the second; null when none said so.</summary>
    public DateTimeOffset? ServerTime => Volatile.Read(ref serverSeconds) is > 0 and var seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    /// <summary>Has a batch carried out.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="read">Reads the result; what it throws is the caller's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="MemoryStoreException">The server could not be reached, refused, or a statement failed.</exception>
    public async Task<T> RunAsync<T>(Batch batch, Func<BatchResult, T> read, CancellationToken cancellationToken)
    {
        var part = HranaRequest.Part(batch);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                // Writes of several callers may be one request, which each pays for; what is sent once is counted once.
                BackendCalls.More(System, batch.Count);
                CostReceipt.Current?.AddRequest(batch.Count);
                if (batch.IsWrite)
                {
                    var result = await writes.SendAsync(part, PostAsync, cancellationToken);
                    CostReceipt.Current?.AddBytes(part.Length, JsonMarshal.GetRawUtf8Value(result).Length);
                    return read(Result(batch, result));
                }

                using var document = await PostAsync([part], cancellationToken);
                CostReceipt.Current?.AddBytes(part.Length, JsonMarshal.GetRawUtf8Value(document.RootElement).Length);
                return read(Result(batch, document.RootElement.GetProperty("results")[0]));
            }
            catch (HranaException fault) when (fault.IsTransient && attempt < retries && (batch.MayRepeat || !fault.IsDone))
            {
                Retries.OfBackend(System);

                // Full jitter, so that writers that got in each other's way don't come back together; a wait that the server asks for is kept to.
                var backoff = TimeSpan.FromMilliseconds(Random.Shared.Next(20, 100 << Math.Min(attempt + 1, 5)));
                var asked = fault.RetryAfter > LongestWait ? LongestWait : fault.RetryAfter;
                await Task.Delay(asked > backoff ? asked.Value : backoff, cancellationToken);
            }
            catch (HranaException fault)
            {
                throw new MemoryStoreException(Faults.Store, batch.Operation, fault.IsTransient, fault.Message, fault);
            }
        }
    }

    private static BatchResult Result(Batch batch, JsonElement result)
    {
        try
        {
            return result.GetProperty("type").ValueEquals("ok")
                ? HranaResult.Read(batch, result.GetProperty("response").GetProperty("result"))
                : throw HranaFaults.Of(result.GetProperty("error"));
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw Unknown(fault);
        }
    }

    private static bool HasResults(JsonElement answer, int count) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("results", out var results) && results.ValueKind == JsonValueKind.Array && results.GetArrayLength() >= count;

    private static HranaException Unknown(Exception? fault) => new("the server answered with something unknown; see Memory:LibSql:Url", isTransient: false, fault);

    private async Task<JsonDocument> PostAsync(IReadOnlyList<ReadOnlyMemory<byte>> parts, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            using var content = HranaRequest.Of(parts);
            BackendCalls.Request(System, commands: 0, receipt: null);
            var request = pipeline.WithClient(client).AllowAnyHttpStatus();
            using var response = await (token.Length > 0 ? request.WithHeader("Authorization", $"Bearer {token}") : request)
                .SendAsync(HttpMethod.Post, content, limit.Token, HttpCompletionOption.ResponseHeadersRead);
            Volatile.Write(ref serverSeconds, response.Headers.Date?.ToUnixTimeSeconds() ?? 0);
            await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
            var document = response.IsSuccessStatusCode
                ? await JsonDocument.ParseAsync(stream, cancellationToken: limit.Token)
                : throw HranaFaults.Of(response.StatusCode, await BeginningAsync(stream, limit.Token), response.Headers.RetryAfter?.Delta);
            BackendCalls.Bytes(System, content.Headers.ContentLength ?? 0, JsonMarshal.GetRawUtf8Value(document.RootElement).Length, receipt: null);
            return HasResults(document.RootElement, parts.Count) ? document : throw Unknown(null);
        }
        catch (Exception fault) when (limit.IsCancellationRequested && fault is OperationCanceledException or FlurlHttpException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new HranaException($"the server did not answer within {timeout.TotalSeconds:0.##} s", isTransient: true, fault);
        }
        catch (Exception fault) when (fault is HttpRequestException or FlurlHttpException or IOException)
        {
            throw new HranaException("the server cannot be reached, or the connection broke", isTransient: true, fault) { IsDone = !NeverConnected(fault) };
        }
        catch (JsonException fault)
        {
            throw new HranaException("the server answered with something else than JSON, or with half of it; see Memory:LibSql:Url", isTransient: true, fault);
        }
    }

    private static bool NeverConnected(Exception? fault) =>
        fault is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.HostUnreachable } || (fault is not null && NeverConnected(fault.InnerException));

    private static async Task<string> BeginningAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxErrorLength];
        return Encoding.UTF8.GetString(buffer, 0, await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken));
    }
}
