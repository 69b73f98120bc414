using Memory.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Memory.Functions;

/// <summary>The message routes: a function each, and the same handlers as on the server.</summary>
public sealed class MessageFunctions(MemoryApi api)
{
    private const string Messages = "v1/threads/{threadId}/messages";
    private const string Message = "v1/threads/{threadId}/messages/{messageId}";

    /// <summary><c>POST /v1/threads/{threadId}/messages</c></summary>
    [Function("appendMessages")]
    public Task<IResult> AppendAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = Messages)] HttpRequest request) => api.ServeAsync(request, Messages);

    /// <summary><c>GET /v1/threads/{threadId}/messages</c></summary>
    [Function("listMessages")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Messages)] HttpRequest request) => api.ServeAsync(request, Messages);

    /// <summary><c>PATCH /v1/threads/{threadId}/messages/{messageId}</c></summary>
    [Function("updateMessage")]
    public Task<IResult> PatchAsync([HttpTrigger(AuthorizationLevel.Function, "patch", Route = Message)] HttpRequest request) => api.ServeAsync(request, Message);

    /// <summary><c>DELETE /v1/threads/{threadId}/messages/{messageId}</c></summary>
    [Function("deleteMessage")]
    public Task<IResult> DeleteAsync([HttpTrigger(AuthorizationLevel.Function, "delete", Route = Message)] HttpRequest request) => api.ServeAsync(request, Message);
}
