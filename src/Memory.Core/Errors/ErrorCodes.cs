namespace Memory.Core;

/// <summary>Error codes as they are written in JSON: the name in lower case with underscores.</summary>
public static class ErrorCodes
{
    /// <summary>The wire form of a refusal's code.</summary>
    public static string Name(this ErrorCode code) => code switch
    {
        ErrorCode.InvalidRequest => "invalid_request",
        ErrorCode.ThreadNotFound => "thread_not_found",
        ErrorCode.MessageNotFound => "message_not_found",
        ErrorCode.OperationNotFound => "operation_not_found",
        ErrorCode.WorkingMemoryNotFound => "working_memory_not_found",
        ErrorCode.MessageConflict => "message_conflict",
        ErrorCode.PositionMismatch => "position_mismatch",
        ErrorCode.AlreadyExists => "already_exists",
        ErrorCode.PreconditionFailed => "precondition_failed",
        ErrorCode.PayloadTooLarge => "payload_too_large",
        ErrorCode.DimensionMismatch => "dimension_mismatch",
        ErrorCode.UnsupportedMediaType => "unsupported_media_type",
        ErrorCode.ResourceErased => "resource_erased",
        ErrorCode.Unauthorized => "unauthorized",
        ErrorCode.Forbidden => "forbidden",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "A new code needs its wire form here."),
    };

    /// <summary>The code of a backend that cannot do its work.</summary>
    public const string BackendUnavailable = "backend_unavailable";

    /// <summary>The code of a caller who is over their rate.</summary>
    public const string TooManyRequests = "too_many_requests";

    /// <summary>The code of a server that works on as much as it may.</summary>
    public const string Overloaded = "overloaded";
}
