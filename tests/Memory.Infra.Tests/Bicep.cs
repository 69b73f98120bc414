using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Memory.Infra.Tests;

/// <summary>Bicep's compiler, which the project file fetches.</summary>
internal static partial class Bicep
{
    private static readonly string Program = typeof(Bicep).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "BicepPath").Value!; // the project file writes it

    /// <summary>What the parameter files read from the environment.</summary>
    public static IReadOnlySet<string> Variables { get; } = Directory.GetFiles(Repository.Infra, "*.bicepparam")
        .SelectMany(file => ReadVariable().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).ToHashSet();

    /// <summary>Runs it with these variables, and none of the same names that happen to be set.</summary>
    public static async Task<(int ExitCode, string Output, string Messages)> RunAsync(string[] arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "Bicep's compiler is fetched for Linux on x64 only.");
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in Variables)
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!; // a new process each time
        var messages = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await messages);
    }

    [GeneratedRegex(@"readEnvironmentVariable\('([A-Z_]+)'")]
    private static partial Regex ReadVariable();
}
