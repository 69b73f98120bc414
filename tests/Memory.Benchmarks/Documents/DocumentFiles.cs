namespace Memory.Benchmarks.Documents;

/// <summary>The files that hold figures, and how they are made.</summary>
internal static class DocumentFiles
{
    /// <summary>Makes the README and each document of <c>docs</c> anew, from what it says now and from the measurements.</summary>
    /// <param name="root">The repository.</param>
    /// <returns>Paths with the texts that belong there.</returns>
    public static IEnumerable<(string Path, string Text)> Make(DirectoryInfo root)
    {
        var all = Measurements.Read(new DirectoryInfo(Path.Combine(root.FullName, "docs", "measurements")));
        string[] paths = [Path.Combine(root.FullName, "README.md"), .. Directory.EnumerateFiles(Path.Combine(root.FullName, "docs"), "*.md")];
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            yield return (path, Section.Fill(File.ReadAllText(path), name => Render(all, name)));
        }
    }

    private static string Render(Measurements all, string name)
    {
        switch (name.Split('/'))
        {
            case ["bars"]:
                return Bars.Table(all).ToMarkdown();
            case ["overview"]:
                return Overview.Table(all).ToMarkdown();
            case ["commands"]:
                return Section.Shell(all.Beginning("").Select(file => file.Value.Facts["command line"]));
            case [var file, "facts"]:
                return string.Concat(all[file].Facts.Where(fact => fact.Key != "command line").Select(fact => $"- {fact.Key}: {fact.Value}\n"));
            case [var file, Load.Report.Notes]:
                return string.Concat(all[file].Table(Load.Report.Notes).Rows.Select(row => $"- {row[0].Text}\n"));
            case [var file, var table]:
                return Section.Shell([all.Command(file)]) + "\n" + all[file].Table(table).ToMarkdown();
            default:
                throw new InvalidOperationException($"No section is called '{name}'.");
        }
    }
}
