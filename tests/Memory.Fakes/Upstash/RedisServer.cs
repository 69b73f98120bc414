using System.Diagnostics;

namespace Memory.Fakes;

/// <summary>A Redis of one test's own, which it may kill; for the tests that <c>test.sh</c> runs with the server's script.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly string script;
    private readonly string folder;

    private RedisServer(string script, string folder) => (this.script, this.folder) = (script, folder);

    /// <summary>Its address, as 127.0.0.1:PORT; the same after a restart.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Starts one; null where there is no script for it.</summary>
    public static async Task<RedisServer?> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("MEMORY_TEST_REDIS_SCRIPT") is not { Length: > 0 } script || Environment.GetEnvironmentVariable("MEMORY_TEST_REDIS_FOLDER") is not { Length: > 0 } beside)
        {
            return null;
        }

        RedisServer server = new(script, $"{beside}-{Guid.NewGuid():N}"[..(beside.Length + 9)]);
        try
        {
            var output = await server.RunAsync("start");
            server.Address = output.Split('\n').Single(line => line.StartsWith("MEMORY_TEST_REDIS=", StringComparison.Ordinal)).Split('=', 2)[1];
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it as a crash does.</summary>
    public Task KillAsync() => RunAsync("kill");

    /// <summary>Starts it again, empty.</summary>
    public Task RestartAsync() => RunAsync("restart");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await RunAsync("stop");

    private async Task<string> RunAsync(string verb)
    {
        // A file, because the server inherits what its script was given, and a pipe would never end.
        var output = Path.GetTempFileName();
        try
        {
            ProcessStartInfo start = new("bash", ["-c", "\"$0\" \"$1\" \"$2\" > \"$3\" 2>&1 < /dev/null", script, verb, folder, output]);
            start.Environment.Remove("MEMORY_TEST_REDIS"); // which says that there is a server, and that none is to be started
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
