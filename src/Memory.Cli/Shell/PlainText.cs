using System.Text;

namespace Memory.Cli;

/// <summary>Text of others made fit for a terminal: it must not move the cursor or begin lines of its own.</summary>
internal static class PlainText
{
    /// <summary>The text in one line, control characters as spaces, cut with … where it is longer.</summary>
    public static string OneLine(string text, int most = int.MaxValue)
    {
        var line = new StringBuilder(Math.Min(text.Length, most));
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= most)
            {
                return line.Append('…').ToString();
            }

            line.Append(Rune.IsControl(rune) ? " " : rune.ToString());
        }

        return line.ToString();
    }

    /// <summary>The text with its lines, other control characters as spaces.</summary>
    public static string Lines(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => OneLine(line)));
}
