using Memory.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Memory.Functions;

/// <summary>Operations, health and the API's own description: a function each, and the same handlers as on the server.</summary>
public sealed class ServiceFunctions(MemoryApi api)
{
    private const string Operations = "v1/operations/{operationId}";
    private const string Reembeddings = "v1/reembed";
    private const string Tokens = "v1/tokens";
    private const string Liveness = "health/live";
    private const string Readiness = "health/ready";
    private const string Description = "openapi/v1.json";

    /// <summary><c>GET /v1/operations/{operationId}</c></summary>
    [Function("getOperation")]
    public Task<IResult> OperationAsync([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Operations)] HttpRequest request) => api.ServeAsync(request, Operations);

    /// <summary><c>POST /v1/reembed</c></summary>
    [Function("reembed")]
    public Task<IResult> ReembedAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = Reembeddings)] HttpRequest request) => api.ServeAsync(request, Reembeddings);

    /// <summary><c>POST /v1/tokens</c></summary>
    [Function("issueToken")]
    public Task<IResult> TokenAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = Tokens)] HttpRequest request) => api.ServeAsync(request, Tokens);

    /// <summary><c>GET /health/live</c></summary>
    [Function("getLiveness")]
    public Task<IResult> LiveAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Liveness)] HttpRequest request) => api.ServeAsync(request, Liveness);

    /// <summary><c>GET /health/ready</c></summary>
    [Function("getReadiness")]
    public Task<IResult> ReadyAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Readiness)] HttpRequest request) => api.ServeAsync(request, Readiness);

    /// <summary><c>GET /openapi/v1.json</c></summary>
    [Function("getOpenApi")]
    public Task<IResult> OpenApiAsync([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Description)] HttpRequest request) => api.ServeAsync(request, Description);
}
