using System.Globalization;

namespace Memory.Storage.Upstash;

/// <summary>
/// Numbers as scripts keep them: so many characters of 64 in the order of their codes, from '0' to 'o', six bits each, the most significant first. Such texts compare as the numbers
/// do, are read without arithmetic on doubles beyond 2^53, and are plain ASCII on every path.
/// </summary>
internal static class Packed
{
    /// <summary>The width of a time.</summary>
    public const int TimeWidth = 11;

    private const int First = '0';

    /// <summary>A number of so many characters.</summary>
    public static string Pack(long value, int width) => string.Create(width, (ulong)value, static (text, rest) =>
    {
        for (var at = text.Length - 1; at >= 0; at--)
        {
            text[at] = (char)(First + (int)(rest & 63));
            rest >>= 6;
        }
    });

    /// <summary>A time in microseconds since 1970, shifted so that earlier ones compare as less.</summary>
    public static string Time(long microseconds) => Pack(microseconds ^ long.MinValue, TimeWidth);

    /// <summary>The microseconds of a packed time.</summary>
    public static long Microseconds(ReadOnlySpan<char> time)
    {
        var value = 0UL;
        foreach (var character in time)
        {
            value = (value << 6) | (uint)(character - First);
        }

        return (long)value ^ long.MinValue;
    }

    /// <summary>A number in decimal digits, as commands take it.</summary>
    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
