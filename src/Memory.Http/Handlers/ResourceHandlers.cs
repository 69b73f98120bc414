using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>The resource routes, recall aside.</summary>
public sealed class ResourceHandlers(IMessageStore store, ExportMemory export, Problems problems)
{
    private const string Listing = "resources";

    /// <summary><c>GET /v1/resources</c></summary>
    public Task<IResult> ListAsync(HttpContext context, CancellationToken cancellationToken) => problems.CatchAsync(context, async () =>
    {
        var query = new QueryReader(context.Request, "limit", "cursor");
        var limit = query.Number("limit", 1, ThreadHandlers.MaxLimit) ?? ThreadHandlers.DefaultLimit;
        var after = Cursor.Decode(Listing, 1, query.Text("cursor"), query.Errors);
        query.Errors.ThrowIfAny();

        var page = await store.ListResourcesAsync(limit, after?[0], cancellationToken);
        var next = page.Next is null ? null : Cursor.Encode(Listing, page.Next);
        var items = page.Items.Select(resource => new ResourceResponse(resource.Id, resource.CreatedAt));
        return TypedResults.Json(new ResourcePageResponse([.. items], next), HttpJson.Api.ResourcePageResponse);
    });

    /// <summary><c>GET /v1/resources/{resourceId}/export</c></summary>
    public Task<IResult> ExportAsync(HttpContext context, string resourceId, CancellationToken cancellationToken) => problems.CatchAsync(context, async () =>
    {
        Identifier.Require("resourceId", resourceId);
        await store.CheckAsync(cancellationToken); // an outage should be a status, not a broken stream
        return new ExportResult(export.ReadAsync([resourceId], withVectors: false, cancellationToken));
    });

    /// <summary><c>DELETE /v1/resources/{resourceId}</c></summary>
    public Task<IResult> EraseAsync(HttpContext context, string resourceId, CancellationToken cancellationToken) => problems.CatchAsync(context, async () =>
    {
        Identifier.Require("resourceId", resourceId);
        return TypedResults.Json(await store.EraseResourceAsync(resourceId, cancellationToken), HttpJson.Api.ErasedCounts);
    });
}
