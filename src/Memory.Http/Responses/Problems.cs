using System.Globalization;
using Memory.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;

namespace Memory.Http;

/// <summary>The only place that makes status codes of refusals and faults.</summary>
public sealed partial class Problems(ILogger<Problems> logger)
{
    /// <summary>After how many seconds to ask a backend again that may be back by itself, and one that somebody has to see to.</summary>
    private const int SoonSeconds = 1, LaterSeconds = 30;

    /// <summary>Runs a handler; what it is refused for, or fails for, becomes its answer. A bug goes through to the host.</summary>
    public async Task<IResult?> CatchAsync(HttpContext context, Func<Task<IResult?>> handler)
    {
        try
        {
            return await handler();
        }
        catch (RefusedException refused)
        {
            if (Challenge(refused.Code) is { } challenge)
            {
                context.Response.Headers.WWWAuthenticate = challenge;
            }

            return Answer(For(refused));
        }
        catch (OverloadedException)
        {
            return Overloaded(context);
        }
        catch (TooManyRequestsException tooMany)
        {
            context.Response.Headers.RetryAfter = tooMany.RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            return Answer(Make(429, ErrorCodes.TooManyRequests, "Too many requests", tooMany.Message));
        }
        catch (MemoryStoreException fault)
        {
            Log.Unavailable(logger, fault.Store, fault.Operation, fault.Reason, fault);
            context.Response.Headers.RetryAfter = (fault.IsTransient ? SoonSeconds : LaterSeconds).ToString(CultureInfo.InvariantCulture);
            return Answer(Make(503, ErrorCodes.BackendUnavailable, "The storage backend is unavailable", $"The backend could not {fault.Operation}: {fault.Reason}."));
        }
        catch (BadHttpRequestException bad)
        {
            return Answer(bad.StatusCode == 413
                ? For(new RefusedException(ErrorCode.PayloadTooLarge, "The body is larger than this route takes."))
                : Make(bad.StatusCode, ErrorCode.InvalidRequest.Name(), "The request could not be read", bad.Message));
        }
    }

    /// <summary>More is asked for at once than there is room for.</summary>
    internal static JsonHttpResult<ProblemBody> Overloaded(HttpContext context)
    {
        context.Response.Headers.RetryAfter = SoonSeconds.ToString(CultureInfo.InvariantCulture);
        return Answer(Make(503, ErrorCodes.Overloaded, "Too much at once", "The server works on as many requests as it may. Nothing was done; send it again."));
    }

    /// <summary>A problem that comes from no handler: no such route, a wrong method.</summary>
    public static JsonHttpResult<ProblemBody> Plain(int status) => Answer(status switch
    {
        404 => Make(404, "route_not_found", "No such route", "See /openapi/v1.json for the routes there are."),
        405 => Make(405, "method_not_allowed", "The route has no such method", "See the Allow header, or /openapi/v1.json."),
        _ => Make(status, ErrorCode.InvalidRequest.Name(), "The request could not be read", "The HTTP request is malformed."),
    });

    /// <summary>An id with a slash, or the text "%2F", in the path to a host whose router does not tell the two apart.</summary>
    internal static JsonHttpResult<ProblemBody> Slash() => Answer(Make(
        400, ErrorCode.InvalidRequest.Name(), "The request could not be read", "This host cannot take an id with '/' or '%2F' in a path: its router does not tell the two apart."));

    private static JsonHttpResult<ProblemBody> Answer(ProblemBody problem) =>
        TypedResults.Json(problem, HttpJson.Api.ProblemBody, "application/problem+json", problem.Status);

    // RFC 6750, 3.
    private static string? Challenge(ErrorCode code) => code switch
    {
        ErrorCode.Unauthorized => "Bearer",
        ErrorCode.Forbidden => "Bearer error=\"insufficient_scope\"",
        _ => null,
    };

    private static ProblemBody Make(int status, string code, string title, string detail) => new($"urn:memory:problem:{code}", title, status, detail, code);

    private static ProblemBody For(RefusedException refused)
    {
        var (status, title) = refused.Code switch
        {
            ErrorCode.InvalidRequest => (400, "The request is not valid"),
            ErrorCode.ThreadNotFound => (404, "No such thread"),
            ErrorCode.MessageNotFound => (404, "No such message"),
            ErrorCode.OperationNotFound => (404, "No such operation"),
            ErrorCode.WorkingMemoryNotFound => (404, "No working memory"),
            ErrorCode.MessageConflict => (409, "A message id is taken by other content"),
            ErrorCode.PositionMismatch => (409, "The thread has moved on"),
            ErrorCode.AlreadyExists => (409, "The id is taken"),
            ErrorCode.PreconditionFailed => (412, "The stored version is another"),
            ErrorCode.PayloadTooLarge => (413, "The request is too large"),
            ErrorCode.DimensionMismatch => (422, "The stored vectors are of another embedder"),
            ErrorCode.UnsupportedMediaType => (415, "The media type does not fit"),
            ErrorCode.ResourceErased => (410, "The resource was erased"),
            ErrorCode.Unauthorized => (401, "Not authenticated"),
            ErrorCode.Forbidden => (403, "Not allowed"),
            _ => throw new ArgumentOutOfRangeException(nameof(refused), refused.Code, "A new code needs its status here."),
        };
        return Make(status, refused.Code.Name(), title, refused.Message) with
        {
            Errors = refused.Errors.Count > 0 ? refused.Errors : null,
            MessageIds = refused.MessageIds.Count > 0 ? refused.MessageIds : null,
            LastPosition = refused.LastPosition,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "{Store} could not {Operation}: {Reason}")]
        public static partial void Unavailable(ILogger logger, string store, string operation, string reason, Exception exception);
    }
}
