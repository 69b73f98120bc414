using System.Reflection;
using System.Runtime.InteropServices;
using Memory.Core;

namespace Memory.Benchmarks.Load;

/// <summary>Where and on what a run was made.</summary>
internal static class Machine
{
    /// <summary>Processor, system, memory and the versions of ours.</summary>
    public static Dictionary<string, string> Facts() => new()
    {
        ["machine"] = $"{Processor()}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024 * 1024)} GiB, {RuntimeInformation.OSDescription}",
        ["versions"] = $"Memory {Version()}, {RuntimeInformation.FrameworkDescription}{(IsDebug ? ", DEBUG BUILD: figures mean nothing" : "")}",
        ["command line"] = $"dotnet run -c {(IsDebug ? "Debug" : "Release")} --project tests/Memory.Benchmarks -- {string.Join(' ', Arguments().Select(Quote))}",
    };

    /// <summary>Whether this is a build that is not meant to be measured.</summary>
    public static bool IsDebug =>
        typeof(Machine).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration != "Release";

    // A connection string may hold a password, a token is one, and where a program lies is this machine's.
    private static IEnumerable<string> Arguments()
    {
        string[] secrets = ["--postgres", "--token", "--sqld"];
        var previous = "";
        foreach (var argument in Environment.GetCommandLineArgs().Skip(1))
        {
            yield return secrets.Contains(previous) ? "…" : secrets.FirstOrDefault(option => argument.StartsWith($"{option}=", StringComparison.Ordinal)) is { } secret ? $"{secret}=…" : argument;
            previous = argument;
        }
    }

    private static string Quote(string argument) => argument.Contains(' ', StringComparison.Ordinal) ? $"'{argument}'" : argument;

    private static string Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor"
        : RuntimeInformation.ProcessArchitecture.ToString();

    // With the commit, when it was built in a repository.
    private static string Version() =>
        typeof(Message).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
