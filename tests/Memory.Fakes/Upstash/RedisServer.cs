namespace Memory.Fakes;

/// <summary>A Redis of one test's own, which it may kill; for the tests that <c>test.sh</c> runs with the server's script.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly ServerScript script;

    private RedisServer(ServerScript script, string address) => (this.script, Address) = (script, address);

    /// <summary>Its address, as 127.0.0.1:PORT; the same after a restart.</summary>
    public string Address { get; }

    /// <summary>Starts one; null where there is no script for it.</summary>
    public static async Task<RedisServer?> StartAsync() =>
        ServerScript.Find("MEMORY_TEST_REDIS") is { } script ? new RedisServer(script, await script.StartAsync()) : null;

    /// <summary>From now on it keeps every write on disk before it answers, and over a restart, as Upstash's service does.</summary>
    public async Task KeepEverythingAsync()
    {
        using var connection = await RedisConnection.OpenAsync(Address, database: 0);
        foreach (var reply in await connection.SendAsync([RedisCommand.Of("CONFIG", "SET", "appendonly", "yes", "appendfsync", "always"), RedisCommand.Of("CONFIG", "REWRITE")]))
        {
            if (reply.IsError)
            {
                throw new InvalidOperationException($"Redis does not keep what it is given: {reply.Text}");
            }
        }
    }

    /// <summary>Ends it as a crash does.</summary>
    public Task KillAsync() => script.RunAsync("kill");

    /// <summary>Starts it again, empty unless it keeps everything.</summary>
    public Task RestartAsync() => script.RunAsync("restart");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await script.RunAsync("stop");
}
