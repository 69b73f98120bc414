using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>Request headers with a meaning of their own.</summary>
internal static class Headers
{
    /// <summary>The preference (RFC 7240) for an answer before the work is done.</summary>
    public const string RespondAsync = "respond-async";

    public static bool PrefersAsync(HttpRequest request) =>
        request.Headers["Prefer"].Any(line => line!.Split(',', ';').Any(part => part.Trim().Equals(RespondAsync, StringComparison.OrdinalIgnoreCase))); // a present line is not null

    public static string? IdempotencyKey(HttpRequest request) =>
        request.Headers["Idempotency-Key"] is { Count: > 0 } key ? Identifier.Require("Idempotency-Key", key.ToString()) : null;
}
