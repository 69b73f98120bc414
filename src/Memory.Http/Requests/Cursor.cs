using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Memory.Core;

namespace Memory.Http;

/// <summary>Opaque places in listings. A cursor says which listing it belongs to, so that one given to another is refused.</summary>
internal static class Cursor
{
    private const string Rule = "is not a cursor of this listing; start again without it";

    public static string Encode(string listing, params ReadOnlySpan<string> place) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{listing}\n{string.Join('\n', place.ToArray())}"));

    /// <summary>The parts of a cursor, or an error at <c>cursor</c>.</summary>
    public static string[]? Decode(string listing, int parts, string? cursor, FieldErrors errors)
    {
        if (cursor is null)
        {
            return null;
        }

        try
        {
            var place = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Base64Url.DecodeFromChars(cursor)).Split('\n');
            if (place.Length == parts + 1 && place[0] == listing)
            {
                return place[1..];
            }
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            // Said below.
        }

        errors.Add("cursor", Rule);
        return null;
    }

    public static string Encode(string listing, ThreadCursor cursor) =>
        Encode(listing, cursor.Time.ToUnixMicroseconds().ToString(CultureInfo.InvariantCulture), cursor.Id);

    public static ThreadCursor? DecodeThread(string listing, string? cursor, FieldErrors errors) =>
        Decode(listing, 2, cursor, errors) is { } place && Number(place[0], errors) is { } time
            ? new ThreadCursor(Timestamps.FromUnixMicroseconds(time), place[1])
            : null;

    public static long? DecodePosition(string listing, string? cursor, FieldErrors errors) =>
        Decode(listing, 1, cursor, errors) is { } place ? Number(place[0], errors) : null;

    private static long? Number(string text, FieldErrors errors)
    {
        // Within what a DateTimeOffset can hold, which is far beyond any position.
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= DateTimeOffset.MinValue.ToUnixMicroseconds() && number <= DateTimeOffset.MaxValue.ToUnixMicroseconds())
        {
            return number;
        }

        errors.Add("cursor", Rule);
        return null;
    }
}
