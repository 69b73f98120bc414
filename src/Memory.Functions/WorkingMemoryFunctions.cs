using Memory.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Memory.Functions;

/// <summary>The working memory of threads and resources: a function each, and the same handlers as on the server.</summary>
public sealed class WorkingMemoryFunctions(MemoryApi api)
{
    private const string OfThread = "v1/threads/{threadId}/working-memory";
    private const string OfResource = "v1/resources/{resourceId}/working-memory";

    /// <summary><c>GET /v1/threads/{threadId}/working-memory</c></summary>
    [Function("getThreadWorkingMemory")]
    public Task<IResult> GetOfThreadAsync([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = OfThread)] HttpRequest request) => api.ServeAsync(request, OfThread);

    /// <summary><c>PUT /v1/threads/{threadId}/working-memory</c></summary>
    [Function("putThreadWorkingMemory")]
    public Task<IResult> PutOfThreadAsync([HttpTrigger(AuthorizationLevel.Function, "put", Route = OfThread)] HttpRequest request) => api.ServeAsync(request, OfThread);

    /// <summary><c>PATCH /v1/threads/{threadId}/working-memory</c></summary>
    [Function("patchThreadWorkingMemory")]
    public Task<IResult> PatchOfThreadAsync([HttpTrigger(AuthorizationLevel.Function, "patch", Route = OfThread)] HttpRequest request) => api.ServeAsync(request, OfThread);

    /// <summary><c>DELETE /v1/threads/{threadId}/working-memory</c></summary>
    [Function("deleteThreadWorkingMemory")]
    public Task<IResult> DeleteOfThreadAsync([HttpTrigger(AuthorizationLevel.Function, "delete", Route = OfThread)] HttpRequest request) => api.ServeAsync(request, OfThread);

    /// <summary><c>GET /v1/resources/{resourceId}/working-memory</c></summary>
    [Function("getResourceWorkingMemory")]
    public Task<IResult> GetOfResourceAsync([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = OfResource)] HttpRequest request) => api.ServeAsync(request, OfResource);

    /// <summary><c>PUT /v1/resources/{resourceId}/working-memory</c></summary>
    [Function("putResourceWorkingMemory")]
    public Task<IResult> PutOfResourceAsync([HttpTrigger(AuthorizationLevel.Function, "put", Route = OfResource)] HttpRequest request) => api.ServeAsync(request, OfResource);

    /// <summary><c>PATCH /v1/resources/{resourceId}/working-memory</c></summary>
    [Function("patchResourceWorkingMemory")]
    public Task<IResult> PatchOfResourceAsync([HttpTrigger(AuthorizationLevel.Function, "patch", Route = OfResource)] HttpRequest request) => api.ServeAsync(request, OfResource);

    /// <summary><c>DELETE /v1/resources/{resourceId}/working-memory</c></summary>
    [Function("deleteResourceWorkingMemory")]
    public Task<IResult> DeleteOfResourceAsync([HttpTrigger(AuthorizationLevel.Function, "delete", Route = OfResource)] HttpRequest request) => api.ServeAsync(request, OfResource);
}
