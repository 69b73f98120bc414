using System.Diagnostics;

namespace Memory.Fakes;

/// <summary>One of the scripts of <c>tests/servers</c>, for a server of one test's own, which it may kill.</summary>
internal sealed class ServerScript
{
    private readonly string script;
    private readonly string folder;
    private readonly string variable;

    private ServerScript(string script, string folder, string variable) => (this.script, this.folder, this.variable) = (script, folder, variable);

    /// <summary>The server's folder, where a test sees it.</summary>
    public string Folder => folder;

    /// <summary>The script that the variable with <c>_SCRIPT</c> names, for a folder beside the one that the variable with <c>_FOLDER</c> names; null where there are none.</summary>
    /// <param name="variable">What the script prints the server's address as.</param>
    public static ServerScript? Find(string variable) =>
        Environment.GetEnvironmentVariable($"{variable}_SCRIPT") is { Length: > 0 } script && Environment.GetEnvironmentVariable($"{variable}_FOLDER") is { Length: > 0 } beside
            ? new ServerScript(script, $"{beside}-{Guid.NewGuid():N}"[..(beside.Length + 9)], variable)
            : null;

    /// <summary>Starts the server, and stops it again if that fails.</summary>
    /// <returns>Its address.</returns>
    public async Task<string> StartAsync()
    {
        try
        {
            var output = await RunAsync("start");
            return output.Split('\n').Single(line => line.StartsWith($"{variable}=", StringComparison.Ordinal)).Split('=', 2)[1];
        }
        catch
        {
            await RunAsync("stop");
            throw;
        }
    }

    /// <summary>Runs the script, and returns what it prints.</summary>
    public async Task<string> RunAsync(string verb)
    {
        // A file, because the server inherits what its script was given, and a pipe would never end.
        var output = Path.GetTempFileName();
        try
        {
            ProcessStartInfo start = new("bash", ["-c", "\"$0\" \"$1\" \"$2\" > \"$3\" 2>&1 < /dev/null", script, verb, folder, output]);
            start.Environment.Remove(variable); // which says that there is a server, and that none is to be started
            using var process = Process.Start(start)!; // bash runs the script itself
            await process.WaitForExitAsync();
            var text = await File.ReadAllTextAsync(output);
            return process.ExitCode == 0 ? text : throw new InvalidOperationException($"{verb} ended with {process.ExitCode}: {text}");
        }
        finally
        {
            File.Delete(output);
        }
    }
}
