using Memory.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Http;

/// <summary>One route of the API.</summary>
/// <param name="Method">Its HTTP method.</param>
/// <param name="Pattern">Its path with parameters in braces.</param>
/// <param name="Handle">Calls its handler.</param>
public sealed record MemoryRoute(string Method, string Pattern, Func<HttpContext, Task<IResult>> Handle);

/// <summary>All routes of the API, for whichever host serves them.</summary>
public static class MemoryRoutes
{
    /// <summary>The routes.</summary>
    public static IReadOnlyList<MemoryRoute> All { get; } =
    [
        new("POST", "/v1/threads", c => Get<ThreadHandlers>(c).CreateAsync(c, c.RequestAborted)),
        new("GET", "/v1/threads", c => Get<ThreadHandlers>(c).ListAsync(c, c.RequestAborted)),
        new("GET", "/v1/threads/{threadId}", c => Get<ThreadHandlers>(c).GetAsync(c, Thread(c), c.RequestAborted)),
        new("PATCH", "/v1/threads/{threadId}", c => Get<ThreadHandlers>(c).PatchAsync(c, Thread(c), c.RequestAborted)),
        new("DELETE", "/v1/threads/{threadId}", c => Get<ThreadHandlers>(c).DeleteAsync(c, Thread(c), c.RequestAborted)),
        new("POST", "/v1/threads/{threadId}/clone", c => Get<ThreadHandlers>(c).CloneAsync(c, Thread(c), c.RequestAborted)),
        new("POST", "/v1/threads/{threadId}/messages", c => Get<MessageHandlers>(c).AppendAsync(c, Thread(c), c.RequestAborted)),
        new("GET", "/v1/threads/{threadId}/messages", c => Get<MessageHandlers>(c).ListAsync(c, Thread(c), c.RequestAborted)),
        new("PATCH", "/v1/threads/{threadId}/messages/{messageId}", c => Get<MessageHandlers>(c).PatchAsync(c, Thread(c), Id(c, "messageId"), c.RequestAborted)),
        new("DELETE", "/v1/threads/{threadId}/messages/{messageId}", c => Get<MessageHandlers>(c).DeleteAsync(c, Thread(c), Id(c, "messageId"), c.RequestAborted)),
        new("POST", "/v1/threads/{threadId}/recall", c => Get<RecallHandlers>(c).InThreadAsync(c, Thread(c), c.RequestAborted)),
        new("POST", "/v1/resources/{resourceId}/recall", c => Get<RecallHandlers>(c).InResourceAsync(c, Resource(c), c.RequestAborted)),
        new("GET", "/v1/resources", c => Get<ResourceHandlers>(c).ListAsync(c, c.RequestAborted)),
        new("GET", "/v1/resources/{resourceId}/export", c => Get<ResourceHandlers>(c).ExportAsync(c, Resource(c), c.RequestAborted)),
        new("DELETE", "/v1/resources/{resourceId}", c => Get<ResourceHandlers>(c).EraseAsync(c, Resource(c), c.RequestAborted)),
        new("GET", "/v1/threads/{threadId}/working-memory", c => Get<WorkingMemoryHandlers>(c).GetAsync(c, OfThread(c), c.RequestAborted)),
        new("PUT", "/v1/threads/{threadId}/working-memory", c => Get<WorkingMemoryHandlers>(c).PutAsync(c, OfThread(c), c.RequestAborted)),
        new("PATCH", "/v1/threads/{threadId}/working-memory", c => Get<WorkingMemoryHandlers>(c).PatchAsync(c, OfThread(c), c.RequestAborted)),
        new("DELETE", "/v1/threads/{threadId}/working-memory", c => Get<WorkingMemoryHandlers>(c).DeleteAsync(c, OfThread(c), c.RequestAborted)),
        new("GET", "/v1/resources/{resourceId}/working-memory", c => Get<WorkingMemoryHandlers>(c).GetAsync(c, OfResource(c), c.RequestAborted)),
        new("PUT", "/v1/resources/{resourceId}/working-memory", c => Get<WorkingMemoryHandlers>(c).PutAsync(c, OfResource(c), c.RequestAborted)),
        new("PATCH", "/v1/resources/{resourceId}/working-memory", c => Get<WorkingMemoryHandlers>(c).PatchAsync(c, OfResource(c), c.RequestAborted)),
        new("DELETE", "/v1/resources/{resourceId}/working-memory", c => Get<WorkingMemoryHandlers>(c).DeleteAsync(c, OfResource(c), c.RequestAborted)),
        new("GET", "/v1/operations/{operationId}", c => Get<ServiceHandlers>(c).OperationAsync(c, Id(c, "operationId"), c.RequestAborted)),
        new("POST", "/v1/reembed", c => Get<ServiceHandlers>(c).ReembedAsync(c, c.RequestAborted)),
        new("GET", "/health/live", _ => Task.FromResult(ServiceHandlers.Live())),
        new("GET", "/health/ready", c => Get<ServiceHandlers>(c).ReadyAsync(c, c.RequestAborted)),
        new("GET", "/openapi/v1.json", _ => Task.FromResult(ServiceHandlers.OpenApi())),
    ];

    private static T Get<T>(HttpContext context)
        where T : notnull => context.RequestServices.GetRequiredService<T>();

    private static string Thread(HttpContext context) => Id(context, "threadId");

    private static string Resource(HttpContext context) => Id(context, "resourceId");

    private static WorkingMemoryOwner OfThread(HttpContext context) => new(IsThread: true, Thread(context));

    private static WorkingMemoryOwner OfResource(HttpContext context) => new(IsThread: false, Resource(context));

    private static string Id(HttpContext context, string name) => EscapedPath.Id(context, name);
}
