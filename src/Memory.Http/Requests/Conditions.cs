using System.Globalization;
using Memory.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Memory.Http;

/// <summary>Conditional requests (RFC 9110 §13) on versions that serve as strong entity tags.</summary>
internal static class Conditions
{
    /// <summary>The entity tag of a version.</summary>
    public static string Tag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>The condition of a write: <c>If-Match</c> with tags or <c>*</c>, or <c>If-None-Match: *</c>.</summary>
    public static VersionCondition? Read(HttpRequest request)
    {
        if (request.Headers.IfMatch.Count > 0)
        {
            // A tag that is not one of ours, or weak, matches nothing.
            return IsAny(request.Headers.IfMatch) ? new VersionCondition(null) : new VersionCondition(Versions(request.GetTypedHeaders().IfMatch));
        }

        return IsAny(request.Headers.IfNoneMatch) ? new VersionCondition([], MustBeAbsent: true) : null;
    }

    /// <summary>Whether a reader has this version already (<c>If-None-Match</c>).</summary>
    public static bool IsKnown(HttpRequest request, long version) =>
        request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.Tag.Value is "*" || tag.Tag.Value == Tag(version));

    // Not the typed header: it takes "W/*" for "*".
    private static bool IsAny(StringValues header) => header is [{ } only] && only.Trim() == "*";

    private static long[] Versions(IList<EntityTagHeaderValue> tags) =>
        [.. tags.Where(tag => !tag.IsWeak).Select(tag => long.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : -1)];
}
