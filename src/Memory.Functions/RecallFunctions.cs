using Memory.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Memory.Functions;

/// <summary>The recall routes: a function each, and the same handlers as on the server.</summary>
public sealed class RecallFunctions(MemoryApi api)
{
    private const string OfThread = "v1/threads/{threadId}/recall";
    private const string OfResource = "v1/resources/{resourceId}/recall";

    /// <summary><c>POST /v1/threads/{threadId}/recall</c></summary>
    [Function("recallInThread")]
    public Task<IResult> InThreadAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = OfThread)] HttpRequest request) => api.ServeAsync(request, OfThread);

    /// <summary><c>POST /v1/resources/{resourceId}/recall</c></summary>
    [Function("recallInResource")]
    public Task<IResult> InResourceAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = OfResource)] HttpRequest request) => api.ServeAsync(request, OfResource);
}
