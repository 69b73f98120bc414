using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>Streams everything of a resource as NDJSON, a page at a time. A fault on the way ends the stream without its last line.</summary>
internal sealed class ExportResult(IMessageStore store, string resourceId) : IResult
{
    private const int PageSize = 500;
    private const int FlushBytes = 64 * 1024;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var cancellationToken = httpContext.RequestAborted;
        httpContext.Response.ContentType = "application/x-ndjson";
        var document = await store.FindWorkingMemoryAsync(new WorkingMemoryOwner(IsThread: false, resourceId), cancellationToken);
        await WriteAsync(httpContext, new ExportResource("resource", 1, resourceId, ExportWorkingMemory.From(document)), HttpJson.Api.ExportResource);

        var (threads, messages) = (0L, 0L);
        ThreadCursor? after = null;
        do
        {
            var page = await store.ListThreadsAsync(new ThreadListing(resourceId, PageSize, ThreadOrder.CreatedAt, Descending: false, after), cancellationToken);
            foreach (var thread in page.Items)
            {
                messages += await WriteThreadAsync(httpContext, thread, cancellationToken);
                threads++;
            }

            after = page.Next;
        }
        while (after is not null);
        await WriteAsync(httpContext, new ExportEnd("end", threads, messages), HttpJson.Api.ExportEnd);
    }

    private async Task<long> WriteThreadAsync(HttpContext context, ThreadRecord thread, CancellationToken cancellationToken)
    {
        var document = await store.FindWorkingMemoryAsync(new WorkingMemoryOwner(IsThread: true, thread.Id), cancellationToken);
        await WriteAsync(context, new ExportThread("thread", ThreadResponse.From(thread), ExportWorkingMemory.From(document)), HttpJson.Api.ExportThread);

        var messages = 0L;
        long? after = null;
        while (await store.PageAsync(new MessageListing(thread.Id, PageSize, Descending: false, after, null), cancellationToken) is { } page)
        {
            foreach (var message in page.Items)
            {
                await WriteAsync(context, new ExportMessage("message", MessageResponse.From(message)), HttpJson.Api.ExportMessage);
                messages++;
            }

            if (!page.HasMore)
            {
                break;
            }

            after = page.Items[^1].Position;
        }

        return messages;
    }

    private static async Task WriteAsync<T>(HttpContext context, T line, JsonTypeInfo<T> type)
    {
        // Content is kept as it was written, line breaks between its tokens included; within strings JSON has none.
        var json = JsonSerializer.SerializeToUtf8Bytes(line, type);
        json.AsSpan().Replace((byte)'\n', (byte)' ');
        json.AsSpan().Replace((byte)'\r', (byte)' ');
        var body = context.Response.BodyWriter;
        body.Write(json);
        body.Write("\n"u8);
        if (!body.CanGetUnflushedBytes || body.UnflushedBytes >= FlushBytes)
        {
            await body.FlushAsync(context.RequestAborted); // waits for a slow reader, so that the export is never held in memory
        }
    }
}
