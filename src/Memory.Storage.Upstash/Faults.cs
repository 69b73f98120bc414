using System.Net;

namespace Memory.Storage.Upstash;

/// <summary>Says what an answer that is no success means to somebody who runs the service. Errors are told apart by their first word: the texts are not documented to stay.</summary>
internal static class Faults
{
    /// <summary>The backend's name, as in configuration.</summary>
    public const string Store = "upstash";

    /// <summary>The longest wait that a service may ask for within a request.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <summary>The fault behind a status and the error in its body.</summary>
    public static RestException Of(ServiceAddress address, HttpStatusCode status, string error, TimeSpan? retryAfter) => status switch
    {
        HttpStatusCode.Unauthorized => new($"{address.Service} refused the token; see {address.Setting}:Token", isTransient: false),
        HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => new($"there is no {address.Service} at this address; see {address.Setting}:Url", isTransient: false),
        HttpStatusCode.RequestEntityTooLarge => TooLarge(address),
        HttpStatusCode.Forbidden => new($"{address.Service} refused: a daily quota of the plan is used up, or the token cannot write", isTransient: false),

        // The day's quota comes with the same status (https://upstash.com/docs/vector/overall/pricing); asking again at once helps against neither.
        HttpStatusCode.TooManyRequests => new($"{address.Service} is asked too often", isTransient: true, Within(retryAfter)),
        HttpStatusCode.RequestTimeout => new($"{address.Service} gave the request up", isTransient: true),
        >= HttpStatusCode.InternalServerError => new($"{address.Service} answered with {(int)status}", isTransient: true, Within(retryAfter)),
        _ => Of(address, error),
    };

    /// <summary>The fault behind a command's error.</summary>
    public static RestException Of(ServiceAddress address, string error)
    {
        // Known from the documentation: ERR max requests limit exceeded, ERR max daily request limit exceeded, ERR DB capacity quota exceeded, ERR max request size exceeded.
        return error switch
        {
            _ when error.StartsWith("WRONGPASS", StringComparison.Ordinal) => new($"{address.Service} refused the token; see {address.Setting}:Token", isTransient: false),
            _ when error.StartsWith("NOPERM", StringComparison.Ordinal) => new($"the token of {address.Service} may not write; set {address.Setting}:Token to the standard one", isTransient: false),
            _ when Says("request size") || Says("record size") => TooLarge(address),
            _ when Says("limit exceeded") || Says("quota exceeded") => new($"a quota of the {address.Service} plan is used up", isTransient: false),
            _ when error.StartsWith("BUSY", StringComparison.Ordinal) || error.StartsWith("LOADING", StringComparison.Ordinal) || error.StartsWith("TRYAGAIN", StringComparison.Ordinal) =>
                new($"{address.Service} is busy", isTransient: true),
            _ when Says("flags") && Says("script") || Says("Unexpected flag") =>
                new($"{address.Service} does not understand allow-key-locking; set {address.Setting}:AllowKeyLocking to false", isTransient: false),
            _ => new($"{address.Service} answered with an error: {Cap(error)}", isTransient: false),
        };

        bool Says(string words) => error.Contains(words, StringComparison.OrdinalIgnoreCase);
    }

    private static RestException TooLarge(ServiceAddress address) =>
        new($"it is larger than the {address.Service} plan allows in one request or record", isTransient: false) { IsTooLarge = true };

    private static TimeSpan? Within(TimeSpan? wait) => wait > LongestWait ? LongestWait : wait;

    private static string Cap(string text) => text.Length <= 200 ? text : text[..200];
}
