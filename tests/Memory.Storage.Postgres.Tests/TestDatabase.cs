using System.Globalization;
using Memory.Conformance;
using Memory.Fakes;
using Npgsql;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The real server that the test script started, and databases on it.</summary>
internal static class TestDatabase
{
    private const string Variable = "MEMORY_TEST_POSTGRES";
    private static readonly Lazy<Task<string>> Shared = new(() => CreateAsync("memory_tests"));
    private static int schemas;

    /// <summary>The server's superuser; skips the test when there is no server, except in CI.</summary>
    public static string Server => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } server
        ? server
        : Environment.GetEnvironmentVariable("CI") == "true"
        ? throw new InvalidOperationException($"{Variable} is not set: run the tests with ./test.sh.")
        : Skip($"{Variable} is not set: ./test.sh starts a PostgreSQL with pgvector, or set it to a connection string of a superuser.");

    /// <summary>A server of one test's own, which it may kill; skips the test where there is no script to start one.</summary>
    public static async Task<PostgresServer> OwnServerAsync()
    {
        _ = Server;
        var server = await PostgresServer.StartAsync();
        Assert.SkipWhen(server is null, "MEMORY_TEST_POSTGRES_SCRIPT is not set: only a server that ./test.sh starts may be killed.");
        return server;
    }

    /// <summary>A database for this run, shared by its tests, each of which has a schema of its own.</summary>
    public static Task<string> SharedAsync() => Server.Length > 0 ? Shared.Value : throw new InvalidOperationException("Skipped.");

    /// <summary>Options for a schema that is nobody else's.</summary>
    public static async Task<PostgresOptions> OptionsAsync(Action<PostgresOptions>? change = null)
    {
        var options = new PostgresOptions
        {
            Url = await SharedAsync(),
            Schema = string.Create(CultureInfo.InvariantCulture, $"test {Environment.ProcessId} {Interlocked.Increment(ref schemas)}"),
        };
        options.Pool.Max = 20;
        options.Pool.Min = 0;
        change?.Invoke(options);
        return options;
    }

    /// <summary>A backend in a schema of its own, which goes with it.</summary>
    public static async Task<Backend> BackendAsync(Action<PostgresOptions>? change = null)
    {
        var options = await OptionsAsync(change);
        var database = PostgresDatabase.Open(options);
        return new Backend(
            new PostgresMessageStore(database), new PostgresSearchIndex(database), new PostgresEmbeddingStore(database), new PostgresOperationStore(database),
            async () =>
            {
                await database.DisposeAsync();
                await ExecuteAsync(options.Url, $"drop schema if exists {PostgresNames.Quote(options.Schema)} cascade");
            },
            new PostgresArchive(database), new PostgresKeyStore(database));
    }

    /// <summary>Messages in one schema and their vectors in another, which has nothing else of them.</summary>
    public static async Task<Backend> SplitAsync(Action<PostgresOptions>? change = null)
    {
        var (vectors, release) = await VectorsAsync(change);
        return (await BackendAsync(change)).WithVectorsIn(vectors, release);
    }

    /// <summary>An index of vectors in a schema of its own, which goes with it.</summary>
    public static async Task<(PostgresVectorIndex Index, Func<ValueTask> Release)> VectorsAsync(Action<PostgresOptions>? change = null)
    {
        var options = await OptionsAsync(change);
        var database = PostgresDatabase.Open(options);
        return (new PostgresVectorIndex(database), async () =>
        {
            await database.DisposeAsync();
            await ExecuteAsync(options.Url, $"drop schema if exists {PostgresNames.Quote(options.Schema)} cascade");
        }
        );
    }

    /// <summary>Makes a database, or makes it anew, and returns its connection string.</summary>
    public static async Task<string> CreateAsync(string name)
    {
        var unique = string.Create(CultureInfo.InvariantCulture, $"{name}_{Environment.ProcessId}");
        await ExecuteAsync(Server, $"drop database if exists {PostgresNames.Quote(unique)} with (force)");
        await ExecuteAsync(Server, $"create database {PostgresNames.Quote(unique)}");
        return new NpgsqlConnectionStringBuilder(Server) { Database = unique }.ConnectionString;
    }

    /// <summary>Runs statements as whoever the connection string names.</summary>
    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of the first row.</summary>
    public static async Task<T> ValueAsync<T>(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!; // asked for a value that is there
    }

    private static string Skip(string reason)
    {
        Assert.Skip(reason);
        return "";
    }
}
