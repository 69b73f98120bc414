using Memory.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Memory.Functions;

/// <summary>The thread routes: a function each, and the same handlers as on the server.</summary>
public sealed class ThreadFunctions(MemoryApi api)
{
    private const string Threads = "v1/threads";
    private const string Thread = "v1/threads/{threadId}";
    private const string Clones = "v1/threads/{threadId}/clone";

    /// <summary><c>POST /v1/threads</c></summary>
    [Function("createThread")]
    public Task<IResult> CreateAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = Threads)] HttpRequest request) => api.ServeAsync(request, Threads);

    /// <summary><c>GET /v1/threads</c></summary>
    [Function("listThreads")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Threads)] HttpRequest request) => api.ServeAsync(request, Threads);

    /// <summary><c>GET /v1/threads/{threadId}</c></summary>
    [Function("getThread")]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Thread)] HttpRequest request) => api.ServeAsync(request, Thread);

    /// <summary><c>PATCH /v1/threads/{threadId}</c></summary>
    [Function("updateThread")]
    public Task<IResult> PatchAsync([HttpTrigger(AuthorizationLevel.Function, "patch", Route = Thread)] HttpRequest request) => api.ServeAsync(request, Thread);

    /// <summary><c>DELETE /v1/threads/{threadId}</c></summary>
    [Function("deleteThread")]
    public Task<IResult> DeleteAsync([HttpTrigger(AuthorizationLevel.Function, "delete", Route = Thread)] HttpRequest request) => api.ServeAsync(request, Thread);

    /// <summary><c>POST /v1/threads/{threadId}/clone</c></summary>
    [Function("cloneThread")]
    public Task<IResult> CloneAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = Clones)] HttpRequest request) => api.ServeAsync(request, Clones);
}
