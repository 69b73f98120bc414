using System.Text;
using System.Text.RegularExpressions;

namespace Memory.Benchmarks.Documents;

/// <summary>The parts of a document that are made from measurements: each stands between two comments, of which the first names it.</summary>
internal static partial class Section
{
    /// <summary>Puts what was measured between the comments.</summary>
    /// <param name="document">The document.</param>
    /// <param name="render">Gives a section's text by its name, which stands in the first comment.</param>
    public static string Fill(string document, Func<string, string> render) =>
        Pattern().Replace(document, found => $"<!-- measured: {found.Groups["name"].Value} -->\n{render(found.Groups["name"].Value).Trim('\n')}\n<!-- /measured -->");

    /// <summary>A command as a block of shell.</summary>
    public static string Shell(IEnumerable<string> commands) => new StringBuilder("```sh\n").AppendJoin('\n', commands).Append("\n```\n").ToString();

    [GeneratedRegex(@"<!-- measured: (?<name>[^>]+?) -->\n.*?<!-- /measured -->", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
