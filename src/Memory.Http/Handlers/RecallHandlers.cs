using Memory.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Memory.Http;

/// <summary>The recall routes.</summary>
public sealed class RecallHandlers(RecallMessages recall, IMessageStore store, AppendMessages append, IOptions<RecallOptions> defaults)
{
    private readonly RecallParser parser = new(append, defaults.Value);

    /// <summary><c>POST /v1/threads/{threadId}/recall</c></summary>
    public async Task<IResult> InThreadAsync(HttpContext context, string threadId, CancellationToken cancellationToken)
    {
        var request = await ReadAsync(context, cancellationToken);
        var caller = Caller.Of(context);
        if (request.Append is { } append)
        {
            caller.Require(AccessScopes.Write);
            request = request with { Append = await caller.AppendAsync(threadId, append, store, cancellationToken) };
        }

        // With an append the thread may be made by it, for the resource that the append names.
        var thread = request.Append?.ResourceId is { } resourceId && caller.Grant.Resources.Prefix is not null
            ? new ThreadAddress(threadId, resourceId)
            : await caller.ThreadAsync(threadId, store, cancellationToken);
        var query = parser.ForThread(thread, request, Headers.IdempotencyKey(context.Request));
        return Answer(await recall.RecallAsync(query, cancellationToken), request);
    }

    /// <summary><c>POST /v1/resources/{resourceId}/recall</c></summary>
    public async Task<IResult> InResourceAsync(HttpContext context, string resourceId, CancellationToken cancellationToken)
    {
        var request = await ReadAsync(context, cancellationToken);
        return Answer(await recall.RecallAsync(parser.ForResource(resourceId, request), cancellationToken), request);
    }

    // A recall may carry an append, and so has an append's limit.
    private static Task<RecallRequest> ReadAsync(HttpContext context, CancellationToken cancellationToken) =>
        RequestReader.ReadAsync(context.Request, HttpJson.Api.RecallRequest, AppendBatch.MaxBytes, cancellationToken);

    private static IResult Answer(RecallResult result, RecallRequest request) =>
        TypedResults.Json(RecallResponse.From(result, request.Explain, request.Format == RecallRequest.AsPrompt), HttpJson.Api.RecallResponse);
}
