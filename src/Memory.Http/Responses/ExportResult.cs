using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>Streams an archive as NDJSON (docs/archive-format.md). A fault on the way ends the stream without its last line.</summary>
internal sealed class ExportResult(IAsyncEnumerable<ArchiveRecord> archive) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = "application/x-ndjson";
        var writer = new ArchiveWriter(httpContext.Response.BodyWriter);
        await foreach (var record in archive.WithCancellation(httpContext.RequestAborted))
        {
            await writer.WriteAsync(record, httpContext.RequestAborted);
        }
    }
}
