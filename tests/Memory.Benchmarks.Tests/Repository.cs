namespace Memory.Benchmarks.Tests;

/// <summary>The repository that the tests were built in.</summary>
internal static class Repository
{
    /// <summary>Its folder.</summary>
    public static DirectoryInfo Root { get; } = Find();

    private static DirectoryInfo Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Memory.Functions.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests were not built in the repository.");
        }

        return folder;
    }
}
