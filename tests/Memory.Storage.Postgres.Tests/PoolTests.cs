using System.Globalization;
using Azure.Core;
using Memory.Conformance;
using Memory.Core;
using Npgsql;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

public sealed class PoolTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // A minute, where somebody asks for it.
    private static TimeSpan Duration => TimeSpan.FromSeconds(double.Parse(Environment.GetEnvironmentVariable("MEMORY_TEST_POOL_SECONDS") ?? "3", CultureInfo.InvariantCulture));

    [Fact]
    public async Task Two_hundred_callers_share_ten_connections_without_an_error()
    {
        var options = await TestDatabase.OptionsAsync();
        var name = $"pool {Guid.NewGuid():N}";
        options.Url = new NpgsqlConnectionStringBuilder(options.Url) { ApplicationName = name }.ConnectionString;
        (options.Pool.Max, options.Pool.Min, options.Pool.Preset) = (null, null, PoolPreset.Serverless);
        await using (var database = PostgresDatabase.Open(options))
        {
            var (store, index) = (new PostgresMessageStore(database), new PostgresSearchIndex(database));
            var append = new AppendMessages(store, TimeProvider.System);
            using var stop = new CancellationTokenSource();
            var watch = WatchAsync(name, stop.Token);
            var until = DateTimeOffset.UtcNow + Duration;
            var calls = 0;
            await Task.WhenAll(Enumerable.Range(0, 200).Select(caller => Task.Run(
                async () =>
                {
                    for (var number = 0; DateTimeOffset.UtcNow < until; number++)
                    {
                        await append.AppendAsync(append.Prepare($"t{caller}", new AppendRequest { ResourceId = $"r{caller}", Messages = Drafts.Messages(1, $"{number}-") }), Token);
                        await index.SearchAndReadAsync(new SearchQuery { Scope = SearchScope.ResourceOf($"t{caller}"), Terms = ["text"], TopK = 3 }, new RecallWindow(30, 2, 2), Token);
                        Interlocked.Add(ref calls, 2);
                    }
                },
                Token)));
            await stop.CancelAsync();

            var most = await watch;
            TestContext.Current.SendDiagnosticMessage($"{calls} calls, at most {most} server connections.");
            Assert.InRange(most, 1, 10);
            Assert.True(calls >= 400, $"Only {calls} calls were made.");
        }

        await TestDatabase.ExecuteAsync(options.Url, $"drop schema {PostgresNames.Quote(options.Schema)} cascade");
    }

    [Fact]
    public async Task A_serverless_pool_gives_its_connections_back()
    {
        var options = await TestDatabase.OptionsAsync();
        var name = $"pool {Guid.NewGuid():N}";
        options.Url = new NpgsqlConnectionStringBuilder(options.Url) { ApplicationName = name }.ConnectionString;
        (options.Pool.Max, options.Pool.Min, options.Pool.Preset, options.Pool.IdleTimeoutSeconds) = (null, null, PoolPreset.Serverless, 1);
        await using (var database = PostgresDatabase.Open(options))
        {
            await new PostgresMessageStore(database).CheckAsync(Token);
            Assert.True(await CountAsync(name) > 0);
            for (var waited = 0; await CountAsync(name) > 0; waited++)
            {
                Assert.True(waited < 100, "A connection without use is still open after ten seconds.");
                await Task.Delay(100, Token);
            }

            await new PostgresMessageStore(database).CheckAsync(Token);
        }

        await TestDatabase.ExecuteAsync(options.Url, $"drop schema {PostgresNames.Quote(options.Schema)} cascade");
    }

    [Fact]
    public async Task An_Entra_token_is_the_password()
    {
        var options = await TestDatabase.OptionsAsync();
        var role = $"entra_{Guid.NewGuid():N}";
        await TestDatabase.ExecuteAsync(options.Url, $"create role {role} superuser login password 'a token'");
        options.Url = new NpgsqlConnectionStringBuilder(options.Url) { Username = role, Password = null }.ConnectionString;
        options.EntraAuthentication = true;
        var credential = new FixedCredential("a token");
        await using (var database = PostgresDatabase.Open(options, credential: credential))
        {
            await new PostgresMessageStore(database).CheckAsync(Token);
        }

        Assert.Equal(["https://ossrdbms-aad.database.windows.net/.default"], credential.Scopes);
        var administrator = await TestDatabase.SharedAsync();
        await TestDatabase.ExecuteAsync(administrator, $"drop schema {PostgresNames.Quote(options.Schema)} cascade; drop owned by {role}; drop role {role}");
    }

    private static async Task<long> WatchAsync(string name, CancellationToken stop)
    {
        await using var connection = new NpgsqlConnection(TestDatabase.Server);
        await connection.OpenAsync(Token);
        long most = 0;
        while (!stop.IsCancellationRequested)
        {
            await using var command = new NpgsqlCommand("select count(*) from pg_stat_activity where application_name = $1", connection) { Parameters = { Parameter.Text(name) } };
            most = Math.Max(most, (long)(await command.ExecuteScalarAsync(Token))!); // a count
            await Task.Delay(20, Token);
        }

        return most;
    }

    private static Task<long> CountAsync(string name) =>
        TestDatabase.ValueAsync<long>(TestDatabase.Server, $"select count(*) from pg_stat_activity where application_name = {PostgresNames.Literal(name)}");

    private sealed class FixedCredential(string token) : TokenCredential
    {
        public List<string> Scopes { get; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Scopes.AddRange(requestContext.Scopes);
            return new AccessToken(token, DateTimeOffset.MaxValue);
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
