namespace Memory.Benchmarks.Load;

/// <summary>A folder of its own under the system's temporary one, gone when the run ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("memory-bench-");
    private int files;

    /// <summary>The path of a file that does not exist yet.</summary>
    public string NewFile(string extension = ".db") => Path.Combine(folder.FullName, $"{Interlocked.Increment(ref files)}{extension}");

    /// <summary>Removes a database and its companions.</summary>
    public static void Remove(string database)
    {
        foreach (var path in (string[])[database, $"{database}-wal", $"{database}-shm"])
        {
            File.Delete(path);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => folder.Delete(recursive: true);
}
