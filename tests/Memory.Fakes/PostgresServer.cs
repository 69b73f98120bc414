namespace Memory.Fakes;

/// <summary>A PostgreSQL of one test's own, which it may kill; for the tests that <c>test.sh</c> runs with the server's script.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Variable = "MEMORY_TEST_POSTGRES";

    private readonly ServerScript script;

    private PostgresServer(ServerScript script, string connectionString) => (this.script, ConnectionString) = (script, connectionString);

    /// <summary>Its superuser's, for Npgsql.</summary>
    public string ConnectionString { get; }

    /// <summary>A folder that is its alone and goes with it, as the server sees it.</summary>
    public string Folder => script.Folder;

    /// <summary>The same folder as this process sees it.</summary>
    public string FolderOutside => $"{Environment.GetEnvironmentVariable($"{Variable}_ROOT")?.TrimEnd('/')}{script.Folder}";

    /// <summary>Starts one; null where there is no script for it.</summary>
    public static async Task<PostgresServer?> StartAsync() =>
        ServerScript.Find(Variable) is { } script ? new PostgresServer(script, await script.StartAsync()) : null;

    /// <summary>Ends it as a crash does, and starts it again.</summary>
    public async Task CrashAsync()
    {
        await script.RunAsync("kill");
        await script.RunAsync("restart");
    }

    /// <summary>Shuts it down in order, and starts it again.</summary>
    public Task RestartAsync() => script.RunAsync("restart");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await script.RunAsync("stop");
}
