using System.Net;
using System.Text.Json;

namespace Memory.Storage.LibSql;

/// <summary>Says what a libSQL server's errors mean to somebody who runs the service.</summary>
internal static class HranaFaults
{
    /// <summary>Whether an error is the one that <see cref="Batch.Require"/> makes.</summary>
    public static bool IsMalformedJson(JsonElement error) => Text(error, "message").Contains("malformed JSON", StringComparison.OrdinalIgnoreCase);

    /// <summary>The fault behind a statement's error, <c>{"message", "code"}</c>. Nothing of its batch has been done.</summary>
    public static HranaException Of(JsonElement error) => Text(error, "code") switch
    {
        // A writer waited too long, or held the lock for so long that it was taken away.
        "SQLITE_BUSY" or "SQLITE_BUSY_SNAPSHOT" or "SQLITE_LOCKED" or "TRANSACTION_BUSY" or "TRANSACTION_TIMEOUT" => NotDone("the database is busy with other writes"),
        "STREAM_EXPIRED" => NotDone("the server was too slow to begin"),
        "RESPONSE_TOO_LARGE" => new("the answer is larger than the server allows", isTransient: false) { IsTooLarge = true, Error = Text(error, "message") },
        "SQLITE_TOOBIG" => new("a value is larger than the server allows", isTransient: false) { Error = Text(error, "message") },
        "SQLITE_READONLY" => new("the database is read-only", isTransient: false) { Error = Text(error, "message") },
        "SQLITE_FULL" => new("the server's disk is full", isTransient: false) { Error = Text(error, "message") },
        "SQLITE_AUTH" => new("the token may not do this; see Memory:LibSql:AuthToken", isTransient: false) { Error = Text(error, "message") },
        "BLOCKED" or "SQL_BLOCKED" => new("the database is blocked: a quota of the plan is used up, or an administrator blocked it", isTransient: false) { Error = Text(error, "message") },
        var code => new($"the server answered with {(code.Length > 0 ? code : "an error")}", isTransient: false) { Error = Text(error, "message") },
    };

    /// <summary>The fault behind a status.</summary>
    /// <param name="status">The answer's status.</param>
    /// <param name="body">Its body, the beginning of it; JSON or plain text.</param>
    /// <param name="retryAfter">How long the server asks to wait.</param>
    public static HranaException Of(HttpStatusCode status, string body, TimeSpan? retryAfter) => status switch
    {
        HttpStatusCode.Unauthorized => new("the server refused the token; see Memory:LibSql:AuthToken", isTransient: false) { Error = body },
        HttpStatusCode.Forbidden => new("the token may only read, or may not use this database; see Memory:LibSql:AuthToken", isTransient: false) { Error = body },
        HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => new("there is no libSQL database at this address; see Memory:LibSql:Url", isTransient: false) { Error = body },
        HttpStatusCode.TooManyRequests => new("the server is asked too often", isTransient: true) { IsDone = false, RetryAfter = retryAfter, Error = body },
        HttpStatusCode.ServiceUnavailable => new("the server is not available", isTransient: true) { RetryAfter = retryAfter, Error = body },
        HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => new($"the server answered with {(int)status}", isTransient: true) { RetryAfter = retryAfter, Error = body },

        // The stream had ended before the request came, so that nothing of it was done.
        HttpStatusCode.BadRequest when body.Contains("STREAM_EXPIRED", StringComparison.Ordinal) => NotDone("the server was too slow to begin"),
        HttpStatusCode.BadRequest when body.Contains("doesn't exist", StringComparison.Ordinal) => new("there is no libSQL database at this address; see Memory:LibSql:Url", isTransient: false) { Error = body },
        _ => new($"the server answered with {(int)status}", isTransient: false) { Error = body },
    };

    private static HranaException NotDone(string reason) => new(reason, isTransient: true) { IsDone = false };

    private static string Text(JsonElement error, string name) =>
        error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : ""; // a string, as its kind says
}

/// <summary>A request that failed, before it is known what for.</summary>
internal sealed class HranaException(string reason, bool isTransient, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>Whether it may succeed later without anybody's doing.</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>False when nothing has been done for certain; otherwise all of it may have been, and only the answer was lost.</summary>
    public bool IsDone { get; init; } = true;

    /// <summary>Whether the same would succeed in smaller pieces.</summary>
    public bool IsTooLarge { get; init; }

    /// <summary>How long the server asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What the server said; not for callers, since it may quote.</summary>
    public string Error { get; init; } = "";
}
