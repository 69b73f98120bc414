using Memory.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Http;

/// <summary>One route of the API.</summary>
/// <param name="Method">Its HTTP method.</param>
/// <param name="Pattern">Its path with parameters in braces.</param>
/// <param name="Scopes">What the caller must be allowed to do; none where nobody has to be known.</param>
/// <param name="Handle">Calls its handler, with ids that are held to the caller's resources.</param>
public sealed record MemoryRoute(string Method, string Pattern, AccessScopes Scopes, Func<HttpContext, Task<IResult>> Handle)
{
    /// <summary>Answers a request that has passed the guards; a refusal or a fault of the backend is an answer too.</summary>
    internal async Task ServeAsync(HttpContext context)
    {
        var answer = await context.RequestServices.GetRequiredService<Problems>().CatchAsync(context, async () =>
        {
            if (Scopes != AccessScopes.None)
            {
                Caller.Of(context).Require(Scopes);
            }

            return await Handle(context);
        });
        await answer!.ExecuteAsync(context); // a handler always answers
    }
}

/// <summary>All routes of the API, for whichever host serves them. Only here ids come out of a path.</summary>
public static class MemoryRoutes
{
    private const AccessScopes Nobody = AccessScopes.None, Read = AccessScopes.Read, Write = AccessScopes.Write, Admin = AccessScopes.Admin;

    /// <summary>The routes.</summary>
    public static IReadOnlyList<MemoryRoute> All { get; } =
    [
        new("POST", "/v1/threads", Write, c => Get<ThreadHandlers>(c).CreateAsync(c, c.RequestAborted)),
        new("GET", "/v1/threads", Read, c => Get<ThreadHandlers>(c).ListAsync(c, c.RequestAborted)),
        new("GET", "/v1/threads/{threadId}", Read, async c => await Get<ThreadHandlers>(c).GetAsync(c, await ThreadAsync(c), c.RequestAborted)),
        new("PATCH", "/v1/threads/{threadId}", Write, async c => await Get<ThreadHandlers>(c).PatchAsync(c, await ThreadAsync(c), c.RequestAborted)),
        new("DELETE", "/v1/threads/{threadId}", Write, async c => await Get<ThreadHandlers>(c).DeleteAsync(c, await ThreadAsync(c), c.RequestAborted)),
        new("POST", "/v1/threads/{threadId}/clone", Read | Write, async c => await Get<ThreadHandlers>(c).CloneAsync(c, await ThreadAsync(c), c.RequestAborted)),
        new("POST", "/v1/threads/{threadId}/messages", Write, c => Get<MessageHandlers>(c).AppendAsync(c, Id(c, "threadId"), c.RequestAborted)),
        new("GET", "/v1/threads/{threadId}/messages", Read, async c => await Get<MessageHandlers>(c).ListAsync(c, await ThreadAsync(c), c.RequestAborted)),
        new("PATCH", "/v1/threads/{threadId}/messages/{messageId}", Read | Write, async c => await Get<MessageHandlers>(c).PatchAsync(c, await ThreadAsync(c), Id(c, "messageId"), c.RequestAborted)),
        new("DELETE", "/v1/threads/{threadId}/messages/{messageId}", Write, async c => await Get<MessageHandlers>(c).DeleteAsync(c, await ThreadAsync(c), Id(c, "messageId"), c.RequestAborted)),
        new("POST", "/v1/threads/{threadId}/recall", Read, c => Get<RecallHandlers>(c).InThreadAsync(c, Id(c, "threadId"), c.RequestAborted)),
        new("POST", "/v1/resources/{resourceId}/recall", Read, c => Get<RecallHandlers>(c).InResourceAsync(c, Resource(c), c.RequestAborted)),
        new("GET", "/v1/resources", Admin, c => Get<ResourceHandlers>(c).ListAsync(c, c.RequestAborted)),
        new("GET", "/v1/resources/{resourceId}/export", Read, c => Get<ResourceHandlers>(c).ExportAsync(Resource(c), c.RequestAborted)),
        new("DELETE", "/v1/resources/{resourceId}", Admin, c => Get<ResourceHandlers>(c).EraseAsync(Resource(c), c.RequestAborted)),
        new("GET", "/v1/threads/{threadId}/working-memory", Read, async c => await Get<WorkingMemoryHandlers>(c).GetAsync(c, await OfThreadAsync(c), c.RequestAborted)),
        new("PUT", "/v1/threads/{threadId}/working-memory", Write, async c => await Get<WorkingMemoryHandlers>(c).PutAsync(c, await OfThreadAsync(c), c.RequestAborted)),
        new("PATCH", "/v1/threads/{threadId}/working-memory", Read | Write, async c => await Get<WorkingMemoryHandlers>(c).PatchAsync(c, await OfThreadAsync(c), c.RequestAborted)),
        new("DELETE", "/v1/threads/{threadId}/working-memory", Write, async c => await Get<WorkingMemoryHandlers>(c).DeleteAsync(c, await OfThreadAsync(c), c.RequestAborted)),
        new("GET", "/v1/resources/{resourceId}/working-memory", Read, c => Get<WorkingMemoryHandlers>(c).GetAsync(c, OfResource(c), c.RequestAborted)),
        new("PUT", "/v1/resources/{resourceId}/working-memory", Write, c => Get<WorkingMemoryHandlers>(c).PutAsync(c, OfResource(c), c.RequestAborted)),
        new("PATCH", "/v1/resources/{resourceId}/working-memory", Read | Write, c => Get<WorkingMemoryHandlers>(c).PatchAsync(c, OfResource(c), c.RequestAborted)),
        new("DELETE", "/v1/resources/{resourceId}/working-memory", Write, c => Get<WorkingMemoryHandlers>(c).DeleteAsync(c, OfResource(c), c.RequestAborted)),
        new("GET", "/v1/operations/{operationId}", Nobody, c => Get<ServiceHandlers>(c).OperationAsync(c, Id(c, "operationId"), c.RequestAborted)),
        new("POST", "/v1/reembed", Admin, c => Get<ServiceHandlers>(c).ReembedAsync(c, c.RequestAborted)),
        new("POST", "/v1/tokens", Admin, c => Get<TokenHandlers>(c).IssueAsync(c, c.RequestAborted)),
        new("GET", "/health/live", Nobody, _ => Task.FromResult(ServiceHandlers.Live())),
        new("GET", "/health/ready", Nobody, c => Get<ServiceHandlers>(c).ReadyAsync(c.RequestAborted)),
        new("GET", "/openapi/v1.json", Nobody, _ => Task.FromResult(ServiceHandlers.OpenApi())),
    ];

    private static T Get<T>(HttpContext context)
        where T : notnull => context.RequestServices.GetRequiredService<T>();

    private static Task<ThreadAddress> ThreadAsync(HttpContext context) => Caller.Of(context).ThreadAsync(Id(context, "threadId"), Get<IMessageStore>(context), context.RequestAborted);

    private static string Resource(HttpContext context) => Caller.Of(context).Resource(Id(context, "resourceId"));

    private static async Task<WorkingMemoryOwner> OfThreadAsync(HttpContext context)
    {
        var thread = await ThreadAsync(context);
        return new WorkingMemoryOwner(IsThread: true, thread.Id) { ResourceId = thread.ResourceId };
    }

    private static WorkingMemoryOwner OfResource(HttpContext context) => new(IsThread: false, Resource(context));

    private static string Id(HttpContext context, string name) => Identifier.Require(name, EscapedPath.Id(context, name));
}
