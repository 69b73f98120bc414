using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>The resource routes, recall aside.</summary>
public sealed class ResourceHandlers(IMessageStore store, ExportMemory export, TimeProvider clock)
{
    private const string Listing = "resources";

    /// <summary><c>GET /v1/resources</c></summary>
    public async Task<IResult> ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "limit", "cursor");
        var limit = query.Number("limit", 1, ThreadHandlers.MaxLimit) ?? ThreadHandlers.DefaultLimit;
        var after = Cursor.Decode(Listing, 1, query.Text("cursor"), query.Errors);
        query.Errors.ThrowIfAny();

        var mine = Caller.Of(context).Grant.Resources;
        var page = await store.ListResourcesAsync(new ResourceListing(limit, after?[0], mine.One ?? mine.Prefix), cancellationToken);
        var next = page.Next is null || mine.One is not null ? null : Cursor.Encode(Listing, page.Next);
        var items = page.Items.Where(resource => mine.Includes(resource.Id)).Select(resource => new ResourceResponse(resource.Id, resource.CreatedAt));
        return TypedResults.Json(new ResourcePageResponse([.. items], next), HttpJson.Api.ResourcePageResponse);
    }

    /// <summary><c>GET /v1/resources/{resourceId}/export</c></summary>
    public async Task<IResult> ExportAsync(string resourceId, CancellationToken cancellationToken)
    {
        await store.CheckAsync(cancellationToken); // an outage should be a status, not a broken stream
        return new ExportResult(export.ReadAsync([resourceId], withVectors: false, cancellationToken));
    }

    /// <summary><c>DELETE /v1/resources/{resourceId}</c></summary>
    public async Task<IResult> EraseAsync(string resourceId, CancellationToken cancellationToken) =>
        TypedResults.Json(await store.EraseResourceAsync(resourceId, clock.GetUtcNow().ToMicroseconds(), cancellationToken), HttpJson.Api.ErasedCounts);
}
