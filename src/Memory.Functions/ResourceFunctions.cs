using Memory.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Memory.Functions;

/// <summary>The resource routes, recall aside: a function each, and the same handlers as on the server.</summary>
public sealed class ResourceFunctions(MemoryApi api)
{
    private const string Resources = "v1/resources";
    private const string Exports = "v1/resources/{resourceId}/export";
    private const string Resource = "v1/resources/{resourceId}";

    /// <summary><c>GET /v1/resources</c></summary>
    [Function("listResources")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Resources)] HttpRequest request) => api.ServeAsync(request, Resources);

    /// <summary><c>GET /v1/resources/{resourceId}/export</c></summary>
    [Function("exportResource")]
    public Task<IResult> ExportAsync([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Exports)] HttpRequest request) => api.ServeAsync(request, Exports);

    /// <summary><c>DELETE /v1/resources/{resourceId}</c></summary>
    [Function("eraseResource")]
    public Task<IResult> EraseAsync([HttpTrigger(AuthorizationLevel.Function, "delete", Route = Resource)] HttpRequest request) => api.ServeAsync(request, Resource);
}
