using System.Text.RegularExpressions;

namespace Memory.Core;

/// <summary>
/// Escapes of half a surrogate pair (<c>"\ud800"</c>) are valid JSON and no valid text: System.Text.Json parses them and throws when the
/// string is looked at. What is kept stays verbatim; what is looked at is a copy in which they are replaced.
/// </summary>
internal static partial class LoneSurrogates
{
    /// <summary>The JSON text with every unpaired surrogate escape replaced by U+FFFD.</summary>
    public static string Replace(string json) => MayHold(json) ? Escapes().Replace(json, match => match.Groups["lone"].Success ? "\\ufffd" : match.Value) : json;

    /// <summary>The JSON text with every unpaired surrogate escape replaced by U+FFFD and its own digits, so that different ones stay different.</summary>
    public static string Name(string json) => MayHold(json)
        ? Escapes().Replace(json, match => match.Groups["lone"].Success ? $"\\ufffd{match.Value[2..].ToUpperInvariant()}" : match.Value)
        : json;

    private static bool MayHold(string json) => json.Contains("\\ud", StringComparison.OrdinalIgnoreCase);

    // Pairs of backslashes are taken first, so that an escaped backslash before "u" is not read as an escape.
    [GeneratedRegex("""\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})""")]
    private static partial Regex Escapes();
}
