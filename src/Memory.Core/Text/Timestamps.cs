using System.Globalization;
using System.Text.RegularExpressions;

namespace Memory.Core;

/// <summary>Times as every store keeps them (microseconds since 1970, UTC) and as JSON writes them (RFC 3339, UTC).</summary>
public static partial class Timestamps
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK";

    /// <summary>Cuts to the microsecond, the finest that every backend keeps, so that a time reads back as it was answered.</summary>
    public static DateTimeOffset ToMicroseconds(this DateTimeOffset time) => FromUnixMicroseconds(time.ToUnixMicroseconds());

    /// <summary>Whole microseconds since 1970-01-01T00:00:00Z, rounded down, before 1970 too.</summary>
    public static long ToUnixMicroseconds(this DateTimeOffset time)
    {
        var (microseconds, rest) = Math.DivRem(time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks, TimeSpan.TicksPerMicrosecond);
        return rest < 0 ? microseconds - 1 : microseconds;
    }

    /// <summary>The time that <see cref="ToUnixMicroseconds"/> gave.</summary>
    public static DateTimeOffset FromUnixMicroseconds(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>RFC 3339 in UTC with as many decimals as it needs: <c>2030-01-31T09:00:00.25Z</c>.</summary>
    public static string ToRfc3339(this DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads RFC 3339; a time without <c>Z</c> or an offset is refused, since it would mean another moment on another machine.</summary>
    public static bool TryParseRfc3339(string? text, out DateTimeOffset time)
    {
        time = default;
        if (text is null || Rfc3339().Match(text.ToUpperInvariant()) is not { Success: true } parts)
        {
            return false;
        }

        // Decimals beyond the microsecond are cut: no backend keeps them.
        var decimals = parts.Groups["decimals"].Value;
        var exact = parts.Groups["seconds"].Value + (decimals.Length > 7 ? decimals[..7] : decimals) + parts.Groups["zone"].Value;
        if (!DateTimeOffset.TryParseExact(exact, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time))
        {
            return false;
        }

        time = time.ToUniversalTime();
        return true;
    }

    [GeneratedRegex(@"^(?<seconds>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?<decimals>\.\d+)?(?<zone>Z|[+-]\d\d:\d\d)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Rfc3339();
}
