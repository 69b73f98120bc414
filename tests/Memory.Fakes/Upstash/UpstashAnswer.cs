using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Memory.Fakes;

/// <summary>An answer that has not been sent yet.</summary>
internal sealed record UpstashAnswer(int Status, ReadOnlyMemory<byte> Body, params (string Name, string Value)[] Headers)
{
    private int missing;
    private bool isCompressed;

    /// <summary>The same answer, which ends in the middle.</summary>
    public UpstashAnswer CutShort() => this with { Body = Body[..(Body.Length / 2)], missing = Body.Length - (Body.Length / 2) };

    /// <summary>The same answer, compressed if the caller accepts gzip. That Upstash's services do so is not documented.</summary>
    public UpstashAnswer CompressedFor(HttpContext context)
    {
        if (missing > 0 || !context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            return this;
        }

        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(Body.Span);
        }

        return this with { Body = compressed.ToArray(), isCompressed = true };
    }

    /// <summary>Sends it.</summary>
    public async Task SendAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = "application/json";
        foreach (var (name, value) in Headers)
        {
            response.Headers[name] = value;
        }

        if (isCompressed)
        {
            response.Headers.ContentEncoding = "gzip";
        }

        response.ContentLength = Body.Length + missing;
        await response.Body.WriteAsync(Body, context.RequestAborted);
        await response.Body.FlushAsync(context.RequestAborted);
        if (missing > 0)
        {
            context.Abort();
        }
    }
}
