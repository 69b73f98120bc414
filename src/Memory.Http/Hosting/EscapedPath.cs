using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Memory.Http;

/// <summary>
/// Routes on the path as the client escaped it. ASP.NET Core decodes it before routing, but for %2F, and removes dot segments; an id such as
/// "a/b", "a%2Fb" or ".." would then be another, or none. Here each segment is decoded once, and what routing would look at in it is
/// replaced by control characters, which no id has.
/// </summary>
internal static class EscapedPath
{
    private const char Slash = '\u0001', Percent = '\u0002';

    /// <summary>Sets the request's path to its segments, each decoded once.</summary>
    /// <returns>False when a segment is not percent-encoded UTF-8, or holds a control character.</returns>
    public static bool TryApply(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (string.IsNullOrEmpty(target) || target[0] != '/')
        {
            return true; // OPTIONS * and absolute forms: not ours
        }

        var end = target.IndexOfAny(['?', '#']);
        var path = end < 0 ? target : target[..end];
        if (path.Contains('%', StringComparison.Ordinal))
        {
            var segments = path.Split('/');
            for (var i = 0; i < segments.Length; i++)
            {
                var decoded = Uri.UnescapeDataString(segments[i]);

                // What cannot be decoded stays: then there are more percent signs left than were written as %25.
                if (decoded.Count(c => c == '%') != CountEscapedPercents(segments[i]) || decoded.Any(char.IsControl))
                {
                    return false;
                }

                segments[i] = decoded.Replace('/', Slash).Replace('%', Percent);
            }

            path = string.Join('/', segments);
        }

        context.Request.Path = new PathString(path); // not the implicit conversion, which decodes
        return true;
    }

    /// <summary>The id behind a route value.</summary>
    public static string Id(HttpContext context, string name) =>
        ((string)context.Request.RouteValues[name]!).Replace(Slash, '/').Replace(Percent, '%'); // the pattern requires it

    /// <summary>
    /// Whether a router before this one may have taken a slash within an id for the text "%2F", or the other way round: ASP.NET Core decodes everything
    /// but %2F, and a proxy then encodes the percent sign of that.
    /// </summary>
    public static bool IsAmbiguous(HttpContext context) => context.Request.Path.Value?.Contains($"{Percent}2F", StringComparison.OrdinalIgnoreCase) == true;

    private static int CountEscapedPercents(string segment) => (segment.Length - segment.Replace("%25", "", StringComparison.Ordinal).Length) / 3;
}
