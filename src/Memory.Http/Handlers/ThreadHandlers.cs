using System.Text.Json;
using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>The thread routes.</summary>
public sealed class ThreadHandlers(IMessageStore store, EditThreads threads)
{
    /// <summary>The most bytes of a request that is not an append (256 KiB).</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Threads on a page when the request does not say.</summary>
    public const int DefaultLimit = 20;

    /// <summary>The most items of a page.</summary>
    public const int MaxLimit = 1_000;

    /// <summary><c>POST /v1/threads</c></summary>
    public async Task<IResult> CreateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var request = await RequestReader.ReadAsync(context.Request, HttpJson.Api.CreateThreadRequest, MaxBytes, cancellationToken);
        var errors = new FieldErrors();
        var resourceId = Caller.Of(context).ResourceOrOwn(request.ResourceId);
        errors.CheckId("$.id", request.Id);
        errors.Require("$.resourceId", resourceId);
        errors.CheckId("$.resourceId", resourceId);
        errors.CheckTitle("$.title", request.Title);
        errors.CheckObject("$.metadata", request.Metadata);
        var timeToLive = errors.TimeToLive("$.ttlSeconds", request.TtlSeconds);
        errors.ThrowIfAny();
        return Created(context, await threads.CreateAsync(request.Id, resourceId!, request.Title, request.Metadata, timeToLive, cancellationToken)); // required above
    }

    /// <summary><c>GET /v1/threads</c></summary>
    public async Task<IResult> ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "resourceId", "limit", "cursor", "orderBy", "direction");
        var caller = Caller.Of(context);
        var resourceId = query.Text("resourceId") ?? caller.Grant.Resources.One ?? query.Required("resourceId");
        query.Errors.CheckId("resourceId", resourceId);
        var limit = query.Number("limit", 1, MaxLimit) ?? DefaultLimit;
        var orderBy = query.Choice("orderBy", "createdAt", "updatedAt");
        var direction = query.Choice("direction", "asc", "desc");
        var listing = $"threads {orderBy} {direction}";
        var after = Cursor.DecodeThread(listing, query.Text("cursor"), query.Errors);
        query.Errors.ThrowIfAny();

        var order = orderBy == "createdAt" ? ThreadOrder.CreatedAt : ThreadOrder.UpdatedAt;
        var page = await store.ListThreadsAsync(new ThreadListing(caller.Resource(resourceId), limit, order, direction == "desc", after), cancellationToken);
        var next = page.Next is null ? null : Cursor.Encode(listing, page.Next);
        return TypedResults.Json(new ThreadPageResponse([.. page.Items.Select(ThreadResponse.From)], next), HttpJson.Api.ThreadPageResponse);
    }

    /// <summary><c>GET /v1/threads/{threadId}</c></summary>
    public async Task<IResult> GetAsync(HttpContext context, ThreadAddress address, CancellationToken cancellationToken)
    {
        var thread = await threads.FindAsync(address, cancellationToken) ?? throw RefusedException.NoThread(address.Id);
        context.Response.Headers.ETag = Conditions.Tag(thread.Version);
        return Conditions.IsKnown(context.Request, thread.Version) ? TypedResults.StatusCode(304) : Json(thread);
    }

    /// <summary><c>PATCH /v1/threads/{threadId}</c></summary>
    public async Task<IResult> PatchAsync(HttpContext context, ThreadAddress address, CancellationToken cancellationToken)
    {
        using var patch = await RequestReader.ReadPatchAsync(context.Request, MaxBytes, cancellationToken);
        var change = Change(patch.RootElement);
        var thread = await threads.EditAsync(address, change, Conditions.Read(context.Request), cancellationToken);
        context.Response.Headers.ETag = Conditions.Tag(thread.Version);
        return Json(thread);
    }

    /// <summary><c>DELETE /v1/threads/{threadId}</c></summary>
    public async Task<IResult> DeleteAsync(HttpContext context, ThreadAddress address, CancellationToken cancellationToken)
    {
        await threads.DeleteAsync(address, Conditions.Read(context.Request), cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary><c>POST /v1/threads/{threadId}/clone</c></summary>
    public async Task<IResult> CloneAsync(HttpContext context, ThreadAddress source, CancellationToken cancellationToken)
    {
        var request = await RequestReader.ReadAsync(context.Request, HttpJson.Api.CloneThreadRequest, MaxBytes, cancellationToken);
        var errors = new FieldErrors();
        errors.CheckId("$.id", request.Id);
        errors.CheckId("$.resourceId", request.ResourceId);
        if (request.UpTo < 1)
        {
            errors.Add("$.upTo", "must be 1 or more");
        }

        errors.ThrowIfAny();
        return Created(context, await threads.CloneAsync(source, request.Id, Caller.Of(context).ResourceOrOwn(request.ResourceId), request.UpTo, cancellationToken));
    }

    private static Func<ThreadRecord, ThreadRecord> Change(JsonElement patch)
    {
        var errors = new FieldErrors();
        Func<ThreadRecord, ThreadRecord> change = thread => thread;
        foreach (var field in patch.EnumerateObject())
        {
            var before = change;
            switch (field.Name)
            {
                case "title" when PatchFields.TryText(field.Value, "$.title", errors, out var title):
                    errors.CheckTitle("$.title", title);
                    change = thread => before(thread) with { Title = title };
                    break;
                case "metadata" when PatchFields.TryObject(field.Value, "$.metadata", errors, out var metadata):
                    change = thread =>
                    {
                        var changed = before(thread);
                        return changed with { Metadata = PatchFields.Merge(changed.Metadata, metadata, MaxBytes) };
                    };
                    break;
                case "ttlSeconds" when PatchFields.TryNumber(field.Value, "$.ttlSeconds", errors, out var seconds):
                    var timeToLive = errors.TimeToLive("$.ttlSeconds", seconds);
                    change = thread => before(thread) with { TimeToLive = timeToLive };
                    break;
                case "title" or "metadata" or "ttlSeconds":
                    break;
                default:
                    errors.Add($"$.{field.Name}", RequestReader.UnknownField);
                    break;
            }
        }

        errors.ThrowIfAny();
        return change;
    }

    private static IResult Created(HttpContext context, ThreadRecord thread)
    {
        context.Response.Headers.Location = $"/v1/threads/{Uri.EscapeDataString(thread.Id)}";
        context.Response.Headers.ETag = Conditions.Tag(thread.Version);
        return TypedResults.Json(ThreadResponse.From(thread), HttpJson.Api.ThreadResponse, statusCode: 201);
    }

    private static IResult Json(ThreadRecord thread) => TypedResults.Json(ThreadResponse.From(thread), HttpJson.Api.ThreadResponse);
}
