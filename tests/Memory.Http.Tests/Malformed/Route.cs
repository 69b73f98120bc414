namespace Memory.Http.Tests.Malformed;

/// <summary>A route that takes a body.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">A path of it that names existing things.</param>
/// <param name="Body">A body it would accept.</param>
/// <param name="MaxBytes">The most bytes of its body.</param>
internal sealed record Route(string Method, string Path, string Body, int MaxBytes)
{
    public const string InvalidRequest = "invalid_request", TooLarge = "payload_too_large", WrongType = "unsupported_media_type";

    /// <summary>Whether the body is a document of any JSON kind, in which every member is allowed.</summary>
    public bool IsDocument => Path.EndsWith("/working-memory", StringComparison.Ordinal);

    /// <summary>Whether the body is looked at as a merge patch.</summary>
    public bool IsPatch => Method == "PATCH";

    public BadRequest Invalid(string body, string? at = null) => new(Method, Path, 400, InvalidRequest) { Text = body, Type = Api.Json, At = at };

    public BadRequest Invalid(byte[] body) => new(Method, Path, 400, InvalidRequest) { Body = body, Type = Api.Json };

    /// <summary>The body with members in front of its own.</summary>
    public string With(string members) => $"{{{members}{(Body == "{}" ? "" : ",")}{Body[1..]}";
}
