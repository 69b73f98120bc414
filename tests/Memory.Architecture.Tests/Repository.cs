using System.Reflection;

namespace Memory.Architecture.Tests;

/// <summary>The repository this test was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The folders of the projects in <c>src</c> or <c>tests</c>, by name; what a build makes is none.</summary>
    public static IReadOnlyDictionary<string, string> Projects(string folder) =>
        Directory.GetFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories)
            .Where(IsWritten)
            .ToDictionary(path => Path.GetFileNameWithoutExtension(path), path => Path.GetDirectoryName(path)!); // a file has a folder

    /// <summary>The source files of <c>src</c>, what a build makes left out.</summary>
    public static IEnumerable<string> SourceFiles() =>
        Projects("src").Values.SelectMany(folder => Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(IsWritten);

    /// <summary>The assemblies of the projects in <c>src</c>; each must be referenced here, directly or not.</summary>
    public static IEnumerable<Assembly> Assemblies() => Projects("src").Keys.Where(name => name != "Memory.Functions").Select(name => Assembly.Load(name == "Memory.Cli" ? "memory" : name)); // a command's file is named as it is called

    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    /// <summary>A path as it is written in a finding.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path);

    private static bool IsWritten(string path) => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Memory.Functions.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return folder.FullName;
    }
}
