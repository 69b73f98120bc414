using System.Diagnostics;

namespace Memory.Fakes;

/// <summary>A small file system in memory, which only root can mount.</summary>
public sealed class SmallFileSystem : IDisposable
{
    private readonly string ballast;

    private SmallFileSystem(string path) => (Path, ballast) = (path, System.IO.Path.Combine(path, "ballast"));

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>Mounts one.</summary>
    /// <param name="path">A folder, made if need be.</param>
    /// <param name="size">As <c>mount</c> takes it, such as <c>2m</c>.</param>
    /// <param name="like">A file whose owner may write to it; this process's user when null.</param>
    /// <exception cref="NotSupportedException">The system does not let us; with the reason.</exception>
    public static SmallFileSystem Mount(string path, string size, string? like = null)
    {
        Directory.CreateDirectory(path);
        var problem = Run("mount", "-t", "tmpfs", "-o", $"size={size},mode=700", "tmpfs", path) ?? (like is null ? null : Run("chown", $"--reference={like}", path));
        return problem is null ? new SmallFileSystem(path) : throw new NotSupportedException($"A small file system cannot be mounted: {problem}");
    }

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        // In ever smaller pieces, since others write meanwhile. FileStream would keep what did not fit and try again.
        using var file = File.OpenHandle(ballast, FileMode.Create, FileAccess.Write);
        for (var (written, piece) = (0L, 1 << 20); piece >= 4_096;)
        {
            try
            {
                RandomAccess.Write(file, new byte[piece], written);
                written += piece;
            }
            catch (IOException)
            {
                piece /= 2;
            }
        }
    }

    /// <summary>Gives it back.</summary>
    public void Free() => File.Delete(ballast);

    /// <summary>Makes it read-only.</summary>
    public void MakeReadOnly()
    {
        if (Run("mount", "-o", "remount,ro", Path) is { } problem)
        {
            throw new NotSupportedException($"A file system cannot be made read-only: {problem}");
        }
    }

    /// <inheritdoc/>
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
