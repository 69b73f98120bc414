using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Memory.Http;

/// <summary>What every request goes through on every host.</summary>
internal sealed partial class MemoryGuards(Authenticator authenticator, Limits limits, Problems problems, ILogger<Problems> logger)
{
    // Probes are answered whatever else goes on.
    private static readonly PathString Health = "/health";

    // The description of the API is no secret.
    private static readonly PathString[] Open = ["/openapi", "/docs"];

    /// <summary>Answers a request that has a wrong path, comes from nobody or is one too many; otherwise has it handled, and answers when that did not.</summary>
    public async Task RunAsync(HttpContext context, RequestDelegate handle)
    {
        if (!EscapedPath.TryApply(context))
        {
            await Problems.Plain(400).ExecuteAsync(context);
            return;
        }

        try
        {
            await (context.Request.Path.StartsWithSegments(Health) ? HandleAsync(context, handle) : LimitAsync(context, handle));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to answer.
        }
#pragma warning disable CA1031 // The host's edge: a bug becomes a bare 500, and its trace stays in the log.
        catch (Exception exception)
        {
            Log.Failed(logger, exception);
            if (context.Response.HasStarted)
            {
                context.Abort(); // so that a stream cut short is seen to be
                return;
            }

            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
#pragma warning restore CA1031
    }

    private static async Task HandleAsync(HttpContext context, RequestDelegate handle)
    {
        await handle(context);
        if (context is { Response: { HasStarted: false, StatusCode: 404 or 405, ContentType: null } })
        {
            await Problems.Plain(context.Response.StatusCode).ExecuteAsync(context);
        }
    }

    /// <summary>Finds out who calls before anything of the body is read, and takes on no more than there is room for.</summary>
    private async Task LimitAsync(HttpContext context, RequestDelegate handle)
    {
        using var place = await limits.EnterAsync(context.RequestAborted);
        if (!place.IsAcquired)
        {
            await Problems.Overloaded(context).ExecuteAsync(context);
            return;
        }

        if (Open.Any(path => context.Request.Path.StartsWithSegments(path)))
        {
            await HandleAsync(context, handle);
            return;
        }

        if (await problems.CatchAsync(context, () => AdmitAsync(context)) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
            return;
        }

        CostHeaders.AddIfAsked(context); // not before: whether a key had to be looked up is nobody's business
        if (!Limits.HasBody(context.Request))
        {
            await HandleAsync(context, handle);
            return;
        }

        using var room = await limits.ReserveAsync(context.Request, context.RequestAborted);
        if (!room.IsAcquired)
        {
            await Problems.Overloaded(context).ExecuteAsync(context);
            return;
        }

        context.Features.Set(room);
        await HandleAsync(context, handle);
    }

    private async Task<IResult?> AdmitAsync(HttpContext context)
    {
        var caller = await authenticator.IdentifyAsync(context.Request, context.RequestAborted);
        limits.Count(caller, context.Response);
        context.Features.Set(caller);
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "A request failed.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
