using System.Diagnostics;

namespace Memory.Server.Tests;

/// <summary>A small file system of its own; where the system does not let us mount one the test is skipped, but not in CI.</summary>
internal sealed class Mount : IDisposable
{
    private Mount(string path) => Path = path;

    public string Path { get; }

    public static Mount Create(string path, string size)
    {
        Directory.CreateDirectory(path);
        var problem = Run("mount", "-t", "tmpfs", "-o", $"size={size},mode=700", "tmpfs", path);
        if (problem is not null)
        {
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", $"A small file system cannot be mounted here: {problem}");
            Assert.Fail($"A small file system cannot be mounted: {problem}");
        }

        return new Mount(path);
    }

    public void MakeReadOnly() => Assert.Null(Run("mount", "-o", "remount,ro", Path));

    public void Dispose() => Run("umount", Path);

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!; // a program, not a document
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return exception.Message;
        }
    }
}
