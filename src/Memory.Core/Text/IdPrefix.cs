using System.Text;

namespace Memory.Core;

/// <summary>Ids that begin with something, as a range of an index in the order of their bytes: what lies from the prefix on and before its end.</summary>
public static class IdPrefix
{
    private static readonly Rune BeforeSurrogates = new(0xD7FF), BehindSurrogates = new(0xE000), Last = new(0x10FFFF);

    /// <summary>The first text behind all that begin with a prefix; null when nothing lies behind them.</summary>
    public static string? End(string prefix)
    {
        // The order of UTF-8's bytes is that of code points: the last one that there is a next of is made that, and what follows it goes.
        Rune[] runes = [.. prefix.EnumerateRunes()];
        var at = Array.FindLastIndex(runes, rune => rune != Last);
        return at < 0 ? null : string.Concat(runes[..at].Append(runes[at] == BeforeSurrogates ? BehindSurrogates : new Rune(runes[at].Value + 1)));
    }
}
