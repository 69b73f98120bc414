using System.Text.Json;

namespace Memory.Benchmarks.LibSql;

/// <summary>Counts what passes to a libSQL server, and delays it.</summary>
internal sealed class CountingHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    /// <summary>What is added to every request.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Requests since the last reset.</summary>
    public int Requests { get; private set; }

    /// <summary>Rows that the server has read, as it bills them.</summary>
    public long RowsRead { get; private set; }

    /// <summary>Rows that it has written, as it bills them.</summary>
    public long RowsWritten { get; private set; }

    /// <summary>Bytes of requests' bodies.</summary>
    public long Sent { get; private set; }

    /// <summary>Bytes of answers' bodies.</summary>
    public long Received { get; private set; }

    /// <summary>Counts from zero.</summary>
    public void Reset() => (Requests, RowsRead, RowsWritten, Sent, Received) = (0, 0, 0, 0, 0);

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests++;
        Sent += request.Content?.Headers.ContentLength ?? 0;
        await Task.Delay(Latency, cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        Received += body.Length;
        Count(body);
        return response;
    }

    private void Count(byte[] body)
    {
        using var answer = JsonDocument.Parse(body);
        foreach (var step in answer.RootElement.GetProperty("results").EnumerateArray()
            .Select(result => result.GetProperty("response")).Where(result => result.TryGetProperty("result", out _))
            .SelectMany(result => result.GetProperty("result").GetProperty("step_results").EnumerateArray()).Where(step => step.ValueKind == JsonValueKind.Object))
        {
            RowsRead += step.GetProperty("rows_read").GetInt64();
            RowsWritten += step.GetProperty("rows_written").GetInt64();
        }
    }
}
