using System.Text;
using System.Text.RegularExpressions;

namespace Memory.Fakes;

/// <summary>Patterns with <c>*</c>, <c>?</c>, <c>[abc]</c>, <c>[a-z]</c> and <c>[^…]</c>, in which case counts.</summary>
internal static class VectorGlob
{
    public static bool Matches(string pattern, string text)
    {
        StringBuilder regex = new("^");
        for (var i = 0; i < pattern.Length; i++)
        {
            var end = pattern[i] == '[' ? pattern.IndexOf(']', i + 1) : -1;
            regex.Append(pattern[i] switch
            {
                '*' => ".*",
                '?' => ".",
                '[' when end > i => $"[{pattern[(i + 1)..end].Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal)}]",
                var other => Regex.Escape(other.ToString()),
            });
            i = Math.Max(i, end);
        }

        return Regex.IsMatch(text, regex.Append("$(?!\n)").ToString(), RegexOptions.Singleline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
    }
}
