using System.Globalization;
using Memory.Benchmarks.Load;
using Memory.Fakes;
using Npgsql;

namespace Memory.Benchmarks.Faults;

/// <summary>PostgreSQL.</summary>
internal static class PostgresGrounds
{
    private const string Variable = "MEMORY_TEST_POSTGRES";

    /// <summary>A schema of its own in the database that is there.</summary>
    public static async Task<Ground> SchemaAsync()
    {
        var (settings, release) = await NewSchemaAsync(TestServer.Find(Variable));
        return new Ground(settings, (_, _) => Task.CompletedTask, release);
    }

    /// <summary>A server of its own that crashes and starts again.</summary>
    public static async Task<Ground> ServerAsync()
    {
        var server = TestServer.Own(await PostgresServer.StartAsync(), Variable);
        return new Ground(Settings(server.ConnectionString, "memory"), (random, _) => random.Next(3) == 0 ? server.RestartAsync() : server.CrashAsync(), server.DisposeAsync);
    }

    /// <summary>A schema of its own behind a network that breaks.</summary>
    public static async Task<Ground> BehindProxyAsync()
    {
        var (settings, release) = await NewSchemaAsync(TestServer.Find(Variable));
        var address = new NpgsqlConnectionStringBuilder(settings["Memory__Postgres__Url"]);
        var proxy = new TcpProxy(address.Host ?? "127.0.0.1", address.Port);
        (address.Host, address.Port, address.SslMode) = ("127.0.0.1", proxy.Port, SslMode.Disable);
        return new Ground(Settings(address.ConnectionString, settings["Memory__Postgres__Schema"]), (random, over) => Network.StrikeAsync(proxy, random, over), async () =>
        {
            proxy.Dispose();
            await release();
        });
    }

    /// <summary>A server of its own, with the database on a disk that is full now and then; its log and its other files are elsewhere.</summary>
    /// <param name="length">How long it is written to.</param>
    public static async Task<Ground> SmallDiskAsync(TimeSpan length)
    {
        var server = TestServer.Own(await PostgresServer.StartAsync(), Variable);
        try
        {
            // More than is written in that time, so that only the ballast fills it.
            var size = string.Create(CultureInfo.InvariantCulture, $"{64 + (int)(4 * length.TotalSeconds)}m");
            var disk = SmallFileSystem.Mount($"{server.FolderOutside}/disk", size, like: $"{server.FolderOutside}/data");
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false });
            foreach (var statement in (string[])[$"create tablespace small location '{server.Folder}/disk'", "create database small tablespace small"])
            {
                await using var command = source.CreateCommand(statement);
                await command.ExecuteNonQueryAsync();
            }

            var url = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = "small" }.ConnectionString;
            return new Ground(Settings(url, "memory"), (random, over) => Strikes.FillAsync(disk, random, over), server.DisposeAsync); // which unmounts the disk
        }
        catch (NotSupportedException exception)
        {
            await server.DisposeAsync();
            throw new LeftOutException(exception.Message);
        }
    }

    private static async Task<(IReadOnlyDictionary<string, string> Settings, Func<ValueTask> Release)> NewSchemaAsync(string connectionString)
    {
        var backend = await PostgresBackend.ConnectAsync(connectionString, CancellationToken.None); // a start is not given up half-way: what it made would stay
        var place = backend.NewSchema().ForServer;
        return (Settings(place["Memory__Postgres__Url"], place["Memory__Postgres__Schema"]), backend.DisposeAsync);
    }

    // Waits short enough for a scenario of some seconds.
    private static Dictionary<string, string> Settings(string url, string schema) => new()
    {
        ["Memory__Storage__Backend"] = "postgres",
        ["Memory__Postgres__Url"] = url,
        ["Memory__Postgres__Schema"] = schema,
        ["Memory__Postgres__ConnectTimeoutSeconds"] = "5",
        ["Memory__Postgres__CommandTimeoutSeconds"] = "10",
    };
}
