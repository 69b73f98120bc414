using System.Text;

namespace Memory.Core;

/// <summary>The one rule for ids of resources, threads, messages and operations: 1–256 bytes of UTF-8 without control characters.</summary>
public static class Identifier
{
    /// <summary>The most bytes of UTF-8 an id may have.</summary>
    public const int MaxBytes = 256;

    /// <summary>What to tell a caller whose id breaks the rule.</summary>
    public const string Rule = "must be 1 to 256 bytes of UTF-8 without control characters";

    /// <summary>Whether the text may be an id.</summary>
    public static bool IsValid(string text)
    {
        if (text.Length is 0 or > MaxBytes)
        {
            return false;
        }

        var bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            // EnumerateRunes gives U+FFFD for half of a surrogate pair; a real U+FFFD in the text is no better as an id.
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar)
            {
                return false;
            }

            bytes += rune.Utf8SequenceLength;
        }

        return bytes <= MaxBytes;
    }

    /// <summary>The id, or a refusal that names the field.</summary>
    public static string Require(string path, string text) => IsValid(text) ? text : throw RefusedException.Invalid(path, Rule);

    /// <summary>A new id that sorts by time of creation (UUID version 7).</summary>
    public static string New(DateTimeOffset now) => Guid.CreateVersion7(now).ToString();
}
