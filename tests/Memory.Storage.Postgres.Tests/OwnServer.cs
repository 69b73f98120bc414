using System.Diagnostics;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>A server of one test's own, which it may kill.</summary>
internal sealed class OwnServer : IAsyncDisposable
{
    private readonly string script;
    private readonly string folder;

    private OwnServer(string script, string folder) => (this.script, this.folder) = (script, folder);

    /// <summary>Its superuser.</summary>
    public string ConnectionString { get; private set; } = "";

    public static async Task<OwnServer> StartAsync()
    {
        _ = TestDatabase.Server; // skips, or fails, where there is none
        var script = Environment.GetEnvironmentVariable("MEMORY_TEST_POSTGRES_SCRIPT") ?? "";
        Assert.SkipWhen(script.Length == 0, "MEMORY_TEST_POSTGRES_SCRIPT is not set: only a server that ./test.sh starts may be killed.");
        var beside = Environment.GetEnvironmentVariable("MEMORY_TEST_POSTGRES_FOLDER");
        var server = new OwnServer(script, $"{beside}-{Guid.NewGuid():N}"[..(beside!.Length + 9)]); // set together with the script
        var output = await server.RunAsync("start");
        server.ConnectionString = output.Split('\n').Single(line => line.StartsWith("MEMORY_TEST_POSTGRES=", StringComparison.Ordinal)).Split('=', 2)[1];
        return server;
    }

    /// <summary>Ends it as a crash does, and starts it again.</summary>
    public async Task CrashAsync()
    {
        await RunAsync("kill");
        await RunAsync("restart");
    }

    /// <summary>Shuts it down in order, and starts it again.</summary>
    public Task RestartAsync() => RunAsync("restart");

    public async ValueTask DisposeAsync()
    {
        await RunAsync("stop");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<string> RunAsync(string verb)
    {
        // Files, because the server inherits what its script was given, and a pipe would never end.
        var output = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("bash", ["-c", "\"$0\" \"$1\" \"$2\" > \"$3\" 2>&1 < /dev/null", script, verb, folder, output]);
            start.Environment.Remove("MEMORY_TEST_POSTGRES"); // which says that there is a server, and that none is to be started
            using var process = Process.Start(start)!; // bash runs the script itself
            await process.WaitForExitAsync();
            var text = await File.ReadAllTextAsync(output);
            Assert.True(process.ExitCode == 0, $"{verb} ended with {process.ExitCode}: {text}");
            return text;
        }
        finally
        {
            File.Delete(output);
        }
    }
}
