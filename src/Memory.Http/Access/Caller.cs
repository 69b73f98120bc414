using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>Who calls, and what that lets them do. Every id that a request names is held to it.</summary>
/// <param name="Id">Names the caller in limits and logs: <c>key:…</c>, <c>token:…</c>, <c>jwt:…</c>; no secret.</param>
/// <param name="Grant">What they may do.</param>
internal sealed record Caller(string Id, AccessGrant Grant)
{
    /// <summary>Somebody on this machine, or behind the platform's own gate, where no credentials are asked for.</summary>
    public static Caller Open { get; } = new("open", AccessGrant.Everything);

    /// <summary>Whoever has the configured key.</summary>
    public static Caller Owner { get; } = new("owner", AccessGrant.Everything);

    /// <summary>The caller of a request that has passed the guards.</summary>
    public static Caller Of(HttpContext context) => context.Features.Get<Caller>() ?? throw new InvalidOperationException("The request has not passed the guards.");

    /// <summary>Refuses what the caller may not do with anybody's memory.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.Forbidden"/>.</exception>
    public void Require(AccessScopes scopes)
    {
        if (!Grant.Allows(scopes))
        {
            throw new RefusedException(ErrorCode.Forbidden, $"This needs the scope '{string.Join(' ', scopes.Names())}', and the credentials have '{string.Join(' ', Grant.Scopes.Names())}'.");
        }
    }

    /// <summary>Refuses what concerns everybody's memory.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.Forbidden"/>.</exception>
    public void RequireEverybodys()
    {
        if (!Grant.Resources.IsAll)
        {
            throw new RefusedException(ErrorCode.Forbidden, "This concerns every resource, and the credentials are for some.");
        }
    }

    /// <summary>A resource that the request names. The answer does not depend on whether it exists.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.Forbidden"/>.</exception>
    public string Resource(string resourceId) =>
        Grant.Resources.Includes(resourceId) ? resourceId : throw new RefusedException(ErrorCode.Forbidden, "The credentials are for other resources than the one the request names.");

    /// <summary>A resource that the request may name: without one, the caller's only one; null when they have several.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.Forbidden"/>.</exception>
    public string? ResourceOrOwn(string? resourceId) => resourceId is null ? Grant.Resources.One : Resource(resourceId);

    /// <summary>A thread that the request names, held to the caller's resources.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.ThreadNotFound"/>: another's thread is as absent as none.</exception>
    public async Task<ThreadAddress> ThreadAsync(string threadId, IMessageStore store, CancellationToken cancellationToken)
    {
        if (Grant.Resources.Prefix is null)
        {
            return new ThreadAddress(threadId, Grant.Resources.One);
        }

        // Whose it is has to be known to be compared; what is done then is done with a thread of that resource only.
        return await store.FindThreadAsync(threadId, cancellationToken) is { } thread && Grant.Resources.Includes(thread.ResourceId)
            ? new ThreadAddress(threadId, thread.ResourceId)
            : throw RefusedException.NoThread(threadId);
    }

    /// <summary>An append, held to the caller's resources: without a resource of its own it is for the caller's only one, or for the thread's.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.Forbidden"/>, <see cref="ErrorCode.ThreadNotFound"/>.</exception>
    public async Task<AppendRequest> AppendAsync(string threadId, AppendRequest request, IMessageStore store, CancellationToken cancellationToken) =>
        Grant.Resources.IsAll ? request
        : request with { ResourceId = ResourceOrOwn(request.ResourceId) ?? (await ThreadAsync(threadId, store, cancellationToken)).ResourceId };
}
