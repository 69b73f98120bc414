using Microsoft.Data.Sqlite;
using Npgsql;

namespace Memory.Mastra.Tests;

/// <summary>The databases that Mastra's own packages wrote, in tests/data/mastra.</summary>
internal static class MadeByMastra
{
    public const string Schema = "made by \"mastra\"";

    private const string Variable = "MEMORY_TEST_POSTGRES";
    private static readonly Lazy<Task<string>> Database = new(MakeAsync);

    /// <summary>A copy of the file, which goes with its folder.</summary>
    public static string CopyTo(TempFolder folder)
    {
        var copy = folder.File("mastra.db");
        File.Copy(Path.Combine(Folder(), "mastra.db"), copy);
        return copy;
    }

    /// <summary>A connection string of a database with Mastra's tables in <see cref="Schema"/>, made once a run; skips the test when there is no server, except in CI.</summary>
    public static Task<string> InPostgresAsync()
    {
        if (Server() is null)
        {
            Assert.Skip($"{Variable} is not set: ./test.sh starts a PostgreSQL, or set it to a connection string of a superuser.");
        }

        return Database.Value;
    }

    /// <summary>Runs statements on PostgreSQL.</summary>
    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Opens a file for changes, as Mastra does.</summary>
    public static SqliteConnection OpenFile(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    /// <summary>Runs statements on a file.</summary>
    public static void Execute(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>A new database with the tables in a schema of this name.</summary>
    public static async Task<string> MakeAsync(string name, string schema)
    {
        var server = Server() ?? throw new InvalidOperationException($"{Variable} is not set.");
        var unique = $"{name}_{Environment.ProcessId}";
        await ExecuteAsync(server, $"drop database if exists {unique} with (force)");
        await ExecuteAsync(server, $"create database {unique}");
        var database = new NpgsqlConnectionStringBuilder(server) { Database = unique }.ConnectionString;
        var quoted = $"\"{schema.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        await ExecuteAsync(database, $"create schema if not exists {quoted}; set search_path to {quoted}; {await File.ReadAllTextAsync(Path.Combine(Folder(), "postgres.sql"))}");
        return database;
    }

    private static Task<string> MakeAsync() => MakeAsync("memory_mastra", Schema);

    private static string? Server() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } server ? server
        : Environment.GetEnvironmentVariable("CI") == "true" ? throw new InvalidOperationException($"{Variable} is not set: run the tests with ./test.sh.")
        : null;

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Memory.Functions.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return Path.Combine(folder.FullName, "tests", "data", "mastra");
    }
}
