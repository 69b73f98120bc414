using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Memory.Http;

/// <summary>What every request goes through on every host.</summary>
internal sealed partial class MemoryGuards(IOptions<HttpOptions> options, ILogger<Problems> logger)
{
    private readonly string? key = options.Value.ApiKey;

    /// <summary>Answers a request that has a wrong path or no key; otherwise has it handled, and answers when that did not.</summary>
    public async Task RunAsync(HttpContext context, RequestDelegate handle)
    {
        if (!EscapedPath.TryApply(context))
        {
            await Problems.Plain(400).ExecuteAsync(context);
            return;
        }

        if (!ApiKey.Admits(context.Request, key))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.Plain(401).ExecuteAsync(context);
            return;
        }

        CostHeaders.AddIfAsked(context);
        try
        {
            await handle(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // nobody is there to answer
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
            return;
        }
#pragma warning restore CA1031

        if (context is { Response: { HasStarted: false, StatusCode: 404 or 405, ContentType: null } })
        {
            await Problems.Plain(context.Response.StatusCode).ExecuteAsync(context);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "A request failed.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
