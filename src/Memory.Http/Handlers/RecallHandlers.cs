using Memory.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Memory.Http;

/// <summary>The recall routes.</summary>
public sealed class RecallHandlers(RecallMessages recall, AppendMessages append, IOptions<RecallOptions> defaults, Problems problems)
{
    private readonly RecallParser parser = new(append, defaults.Value);

    /// <summary><c>POST /v1/threads/{threadId}/recall</c></summary>
    public Task<IResult> InThreadAsync(HttpContext context, string threadId, CancellationToken cancellationToken) => problems.CatchAsync(context, async () =>
    {
        var request = await ReadAsync(context, cancellationToken);
        var query = parser.ForThread(threadId, request, Headers.IdempotencyKey(context.Request));
        return Answer(await recall.RecallAsync(query, cancellationToken), request.Explain);
    });

    /// <summary><c>POST /v1/resources/{resourceId}/recall</c></summary>
    public Task<IResult> InResourceAsync(HttpContext context, string resourceId, CancellationToken cancellationToken) => problems.CatchAsync(context, async () =>
    {
        var request = await ReadAsync(context, cancellationToken);
        return Answer(await recall.RecallAsync(parser.ForResource(resourceId, request), cancellationToken), request.Explain);
    });

    // A recall may carry an append, and so has an append's limit.
    private static Task<RecallRequest> ReadAsync(HttpContext context, CancellationToken cancellationToken) =>
        RequestReader.ReadAsync(context.Request, HttpJson.Api.RecallRequest, AppendBatch.MaxBytes, cancellationToken);

    private static IResult Answer(RecallResult result, bool explain) =>
        TypedResults.Json(RecallResponse.From(result, explain), HttpJson.Api.RecallResponse);
}
