using System.Net;
using System.Net.Http.Json;
using Npgsql;

namespace Memory.Server.Tests;

/// <summary>The server over PostgreSQL.</summary>
public sealed class PostgresServerTests : IAsyncLifetime
{
    private readonly string schema = $"server_{Guid.NewGuid():N}";
    private string url = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        url = Environment.GetEnvironmentVariable("MEMORY_TEST_POSTGRES") ?? "";
        Assert.SkipWhen(url.Length == 0 && Environment.GetEnvironmentVariable("CI") != "true", "MEMORY_TEST_POSTGRES is not set: ./test.sh starts a PostgreSQL with pgvector.");
        Assert.True(url.Length > 0, "MEMORY_TEST_POSTGRES is not set: run the tests with ./test.sh.");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (url.Length > 0)
        {
            await ExecuteAsync($"drop schema if exists {schema} cascade");
        }
    }

    [Fact]
    public async Task DATABASE_URL_alone_chooses_it_and_the_first_line_says_so_without_the_password()
    {
        using var folder = new TempFolder();
        var address = new NpgsqlConnectionStringBuilder(url);
        var text = $"postgres://{address.Username}:{Uri.EscapeDataString(address.Password ?? "")}@{address.Host}:{address.Port}/{address.Database}";
        await using var server = await ServerProcess.StartAsync(folder, $"DATABASE_URL={text}", $"--Memory:Postgres:Schema={schema}");

        Assert.Contains($"Storage: postgres, {address.Host}:{address.Port}/{address.Database}, schema {schema}, because DATABASE_URL is set.", server.StartLine, StringComparison.Ordinal);
        Assert.DoesNotContain(address.Password!, server.Output, StringComparison.Ordinal); // the script's server has one
        Assert.False(File.Exists(folder.File("memory.db")));
        await ReadmeTests.RunSessionAsync(server);
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task Everything_answered_survives_kill_9()
    {
        using var folder = new TempFolder();
        await Traffic.SurviveKillsAsync(() => StartAsync(folder));
    }

    [Fact]
    public async Task Two_servers_on_one_database_are_one_service()
    {
        using var folder = new TempFolder();
        var servers = await Task.WhenAll(StartAsync(folder), StartAsync(folder)); // and make the schema once
        var traffic = new Traffic(threads: 2);
        await Task.WhenAll(servers.Select(server => traffic.WriteAsync(server.Client, writers: 4, each: 15)));

        foreach (var server in servers)
        {
            await traffic.VerifyAsync(server.Client);
        }

        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_database_without_a_connection_left_is_503_with_Retry_After_and_no_one_hangs()
    {
        using var folder = new TempFolder();
        await using (var first = await StartAsync(folder))
        {
            Assert.Equal(0, await first.StopAsync()); // the schema is there
        }

        var role = $"crowd_{Guid.NewGuid():N}";
        await ExecuteAsync(
            $"""
            create role {role} login password 'p' connection limit 1;
            grant usage on schema {schema} to {role};
            grant select, insert, update, delete on all tables in schema {schema} to {role};
            """);
        var crowded = new NpgsqlConnectionStringBuilder(url) { Username = role, Password = "p" }.ConnectionString;
        await using (var server = await StartAsync(folder, $"DATABASE_URL={crowded}", "Memory__Operations__SweepSeconds=3600", "Memory__Postgres__Pool__Min=0"))
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async number =>
            {
                using var response = await server.Client.PostAsJsonAsync(
                    $"/v1/threads/t{number}/messages", new { resourceId = "r", messages = new[] { new { role = "user", content = "hello" } } }, Token);
                return (response.StatusCode, response.Headers.RetryAfter?.Delta, Body: await response.Content.ReadAsStringAsync(Token));
            }));

            Assert.All(answers, answer => Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.ServiceUnavailable, answer.Body));
            var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable).ToList();
            Assert.NotEmpty(refused);
            Assert.All(refused, answer => Assert.Equal(TimeSpan.FromSeconds(1), answer.Delta));
            Assert.All(refused, answer => Assert.Contains("backend_unavailable", answer.Body, StringComparison.Ordinal));
        }

        await ExecuteAsync($"drop owned by {role}; drop role {role}");
    }

    private Task<ServerProcess> StartAsync(TempFolder folder, params string[] settings) => ServerProcess.StartAsync(
        folder,
        [
            .. settings.Any(setting => setting.StartsWith("DATABASE_URL", StringComparison.Ordinal)) ? Array.Empty<string>() : [$"DATABASE_URL={url}"],
            $"--Memory:Postgres:Schema={schema}", "Memory__Operations__LeaseSeconds=1", "Memory__Operations__MaxAttempts=50",
            .. settings.Any(setting => setting.StartsWith("Memory__Operations__Sweep", StringComparison.Ordinal)) ? Array.Empty<string>() : ["Memory__Operations__SweepSeconds=0.1"],
            .. settings,
        ]);

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(url) { Pooling = false }.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
