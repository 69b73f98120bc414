using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>Operations, health and the API's own description.</summary>
public sealed class ServiceHandlers(Readiness readiness, IOperationStore operations, AcceptOperations accept)
{
    /// <summary><c>GET /v1/operations/{operationId}</c></summary>
    public async Task<IResult> OperationAsync(HttpContext context, string operationId, CancellationToken cancellationToken)
    {
        // One without a resource of its own belongs to those who may see every resource.
        var resources = Caller.Of(context).Grant.Resources;
        var operation = await operations.FindAsync(operationId, cancellationToken) is { } found && (found.ResourceId is { } resourceId ? resources.Includes(resourceId) : resources.IsAll)
            ? found
            : throw new RefusedException(ErrorCode.OperationNotFound, $"There is no operation '{operationId}'. One that succeeded is kept for a week unless configured otherwise.");
        return TypedResults.Json(OperationResponse.From(operation), HttpJson.Api.OperationResponse);
    }

    /// <summary><c>POST /v1/reembed</c></summary>
    public async Task<IResult> ReembedAsync(HttpContext context, CancellationToken cancellationToken)
    {
        Caller.Of(context).RequireEverybodys();
        return OperationResponse.Accepted(context, await accept.AcceptReembedAsync(cancellationToken));
    }

    /// <summary><c>GET /health/live</c>: the process answers.</summary>
    public static IResult Live() => TypedResults.Json(new HealthResponse("ok"), HttpJson.Api.HealthResponse);

    /// <summary><c>GET /health/ready</c>: the backend answers too, and so does the queue where there is one.</summary>
    public async Task<IResult> ReadyAsync(CancellationToken cancellationToken)
    {
        await readiness.CheckAsync(cancellationToken);
        return Live();
    }

    /// <summary><c>GET /openapi/v1.json</c></summary>
    public static IResult OpenApi() =>
        TypedResults.Stream(typeof(ServiceHandlers).Assembly.GetManifestResourceStream("openapi.json")!, "application/json"); // embedded by the project file
}
