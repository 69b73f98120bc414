using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>Operations, health and the API's own description.</summary>
public sealed class ServiceHandlers(Readiness readiness, IOperationStore operations, AcceptOperations accept, Problems problems)
{
    /// <summary><c>GET /v1/operations/{operationId}</c></summary>
    public Task<IResult> OperationAsync(HttpContext context, string operationId, CancellationToken cancellationToken) => problems.CatchAsync(context, async () =>
    {
        Identifier.Require("operationId", operationId);
        var operation = await operations.FindAsync(operationId, cancellationToken)
            ?? throw new RefusedException(ErrorCode.OperationNotFound, $"There is no operation '{operationId}'. One that succeeded is kept for a week unless configured otherwise.");
        return TypedResults.Json(OperationResponse.From(operation), HttpJson.Api.OperationResponse);
    });

    /// <summary><c>POST /v1/reembed</c></summary>
    public Task<IResult> ReembedAsync(HttpContext context, CancellationToken cancellationToken) => problems.CatchAsync(context, async () =>
        OperationResponse.Accepted(context, await accept.AcceptReembedAsync(cancellationToken)));

    /// <summary><c>GET /health/live</c>: the process answers.</summary>
    public static IResult Live() => TypedResults.Json(new HealthResponse("ok"), HttpJson.Api.HealthResponse);

    /// <summary><c>GET /health/ready</c>: the backend answers too, and so does the queue where there is one.</summary>
    public Task<IResult> ReadyAsync(HttpContext context, CancellationToken cancellationToken) => problems.CatchAsync(context, async () =>
    {
        await readiness.CheckAsync(cancellationToken);
        return Live();
    });

    /// <summary><c>GET /openapi/v1.json</c></summary>
    public static IResult OpenApi() =>
        TypedResults.Stream(typeof(ServiceHandlers).Assembly.GetManifestResourceStream("openapi.json")!, "application/json"); // embedded by the project file
}
