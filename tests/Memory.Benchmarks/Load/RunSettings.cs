namespace Memory.Benchmarks.Load;

/// <summary>What to run.</summary>
/// <param name="Backend">The backend.</param>
/// <param name="Only">Lines whose name contains one of these; all when there is none.</param>
/// <param name="Columns">Subjects by name; all when empty.</param>
/// <param name="Rounds">How often each line is run.</param>
/// <param name="PeerFolder">Where the peer's packages are or shall be; null to leave the peer out.</param>
/// <param name="Server">The server's program; null when there is none.</param>
internal sealed record RunSettings(BackendChoice Backend, IReadOnlyCollection<string> Only, IReadOnlyCollection<string> Columns, int Rounds, DirectoryInfo? PeerFolder, FileInfo? Server)
{
    /// <summary>The lines to run, of those there are.</summary>
    public IReadOnlyList<Row> Chosen(IEnumerable<Row> rows) => [.. rows.Where(row => Only.Count == 0 || Only.Any(part => row.Name.Contains(part, StringComparison.OrdinalIgnoreCase)))];

    /// <summary>Whether a subject is to be run.</summary>
    public bool Includes(string subject) => Columns.Count == 0 || Columns.Contains(subject);

    /// <summary>The server's Release build in the repository this program was built in, if there is one.</summary>
    public static FileInfo? BuiltServer()
    {
        var name = OperatingSystem.IsWindows() ? "Memory.Server.exe" : "Memory.Server";
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var program = new FileInfo(Path.Combine(folder.FullName, "src", "Memory.Server", "bin", "Release", "net10.0", name));
            if (program.Exists)
            {
                return program;
            }
        }

        return null;
    }
}
