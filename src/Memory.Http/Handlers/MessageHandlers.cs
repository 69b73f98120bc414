using System.Globalization;
using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>The message routes.</summary>
public sealed class MessageHandlers(IMessageStore store, AppendMessages append, AcceptOperations operations, EditMessages edits)
{
    /// <summary>Messages on a page when the request does not say.</summary>
    public const int DefaultLimit = 50;

    /// <summary><c>POST /v1/threads/{threadId}/messages</c></summary>
    public async Task<IResult> AppendAsync(HttpContext context, string threadId, CancellationToken cancellationToken)
    {
        var sent = await RequestReader.ReadAsync(context.Request, HttpJson.Api.AppendRequest, AppendBatch.MaxBytes, cancellationToken);
        var request = await Caller.Of(context).AppendAsync(threadId, sent, store, cancellationToken);
        var key = Headers.IdempotencyKey(context.Request);
        var batch = append.Prepare(threadId, request, key);
        return Headers.PrefersAsync(context.Request)
            ? Accept(context, await operations.AcceptAppendAsync(request, batch, key, cancellationToken))
            : TypedResults.Json(await append.AppendAsync(batch, cancellationToken), HttpJson.Api.AppendResult, statusCode: 201);
    }

    /// <summary><c>GET /v1/threads/{threadId}/messages</c></summary>
    public async Task<IResult> ListAsync(HttpContext context, ThreadAddress thread, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "last", "limit", "cursor", "direction", "from", "to", "role");
        var last = query.Number("last", 1, ThreadHandlers.MaxLimit);
        if (last is not null && context.Request.Query.Keys.Any(name => name is "limit" or "cursor" or "direction" or "from" or "to" or "role"))
        {
            query.Errors.Add("last", "cannot be combined with other parameters; use limit and direction=desc instead");
        }

        var limit = query.Number("limit", 1, ThreadHandlers.MaxLimit) ?? DefaultLimit;
        var descending = query.Choice("direction", "asc", "desc") == "desc";
        var listing = descending ? "messages desc" : "messages asc";
        var after = Cursor.DecodePosition(listing, query.Text("cursor"), query.Errors);
        var filter = new MessageFilter { Roles = query.Roles("role"), From = query.Time("from"), To = query.Time("to") };
        query.Errors.ThrowIfAny();

        var page = last is { } count
            ? await ReadLastAsync(thread, count, cancellationToken)
            : await store.PageAsync(new MessageListing(thread, limit, descending, after, filter), cancellationToken);
        var (items, hasMore) = page ?? throw RefusedException.NoThread(thread.Id);
        var next = hasMore ? Cursor.Encode(listing, items[^1].Position.ToString(CultureInfo.InvariantCulture)) : null;
        return TypedResults.Json(new MessagePageResponse([.. items.Select(MessageResponse.From)], next), HttpJson.Api.MessagePageResponse);
    }

    /// <summary><c>PATCH /v1/threads/{threadId}/messages/{messageId}</c></summary>
    public async Task<IResult> PatchAsync(HttpContext context, ThreadAddress thread, string messageId, CancellationToken cancellationToken)
    {
        using var patch = await RequestReader.ReadPatchAsync(context.Request, AppendBatch.MaxBytes, cancellationToken);
        var message = await edits.EditAsync(thread, messageId, MessagePatch.Parse(patch.RootElement), cancellationToken);
        return TypedResults.Json(MessageResponse.From(message), HttpJson.Api.MessageResponse);
    }

    /// <summary><c>DELETE /v1/threads/{threadId}/messages/{messageId}</c></summary>
    public async Task<IResult> DeleteAsync(HttpContext context, ThreadAddress thread, string messageId, CancellationToken cancellationToken)
    {
        await edits.DeleteAsync(thread, messageId, cancellationToken);
        return TypedResults.NoContent();
    }

    private async Task<MessagePage?> ReadLastAsync(ThreadAddress thread, int count, CancellationToken cancellationToken) =>
        await store.ReadAsync(new MessageRead { ThreadId = thread.Id, ResourceId = thread.ResourceId, Last = count }, cancellationToken) is { } messages ? new MessagePage(messages, HasMore: false) : null;

    private static IResult Accept(HttpContext context, Operation operation)
    {
        context.Response.Headers["Preference-Applied"] = Headers.RespondAsync;
        return OperationResponse.Accepted(context, operation);
    }
}
