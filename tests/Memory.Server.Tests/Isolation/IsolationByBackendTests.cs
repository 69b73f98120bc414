using Memory.Fakes;
using Npgsql;

namespace Memory.Server.Tests;

/// <summary>On a LibSQL file.</summary>
public sealed class IsolationInFileTests : IsolationTests
{
    protected override Task<string[]> SettingsAsync() => Task.FromResult<string[]>(["--Memory:LibSql:Url", $"file:{File("memory.db")}"]);
}

/// <summary>On a LibSQL file, with vectors in another.</summary>
public sealed class IsolationInTwoFilesTests : IsolationTests
{
    protected override Task<string[]> SettingsAsync() =>
        Task.FromResult<string[]>(["--Memory:LibSql:Url", $"file:{File("memory.db")}", "--Memory:LibSql:VectorUrl", $"file:{File("vectors.db")}"]);
}

/// <summary>On a libSQL server.</summary>
public sealed class IsolationOnLibSqlServerTests : IsolationTests
{
    private SqldServer? sqld;

    protected override async Task<string[]> SettingsAsync()
    {
        sqld = await LibSqlServerTests.SqldAsync();
        return ["--Memory:LibSql:Url", sqld.Url.AbsoluteUri];
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await (sqld?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}

/// <summary>On PostgreSQL.</summary>
public sealed class IsolationOnPostgresTests : IsolationTests
{
    private readonly string schema = $"isolation_{Guid.NewGuid():N}";
    private string url = "";

    protected override Task<string[]> SettingsAsync()
    {
        url = Environment.GetEnvironmentVariable("MEMORY_TEST_POSTGRES") ?? "";
        Assert.SkipWhen(url.Length == 0 && Environment.GetEnvironmentVariable("CI") != "true", "MEMORY_TEST_POSTGRES is not set: ./test.sh starts a PostgreSQL with pgvector.");
        Assert.True(url.Length > 0, "MEMORY_TEST_POSTGRES is not set: run the tests with ./test.sh.");
        return Task.FromResult<string[]>(["--Memory:Storage:Backend", "postgres", "--Memory:Postgres:Url", url, "--Memory:Postgres:Schema", schema, "--Memory:Postgres:Pool:Min", "0"]);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (url.Length > 0)
        {
            await using var connection = new NpgsqlConnection(url);
            await connection.OpenAsync(CancellationToken.None); // whatever became of the test
            await using var drop = new NpgsqlCommand($"drop schema if exists {schema} cascade", connection);
            await drop.ExecuteNonQueryAsync(CancellationToken.None); // as above
        }
    }
}

/// <summary>On Upstash Redis, with vectors in Redis.</summary>
public sealed class IsolationOnUpstashRedisTests : IsolationTests
{
    private UpstashRedisProxy? redis;

    protected override async Task<string[]> SettingsAsync()
    {
        redis = await UpstashIsolation.RedisAsync();
        return UpstashIsolation.Settings(redis);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await (redis?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}

/// <summary>On Upstash Redis and Vector.</summary>
public sealed class IsolationOnUpstashTests : IsolationTests
{
    private UpstashRedisProxy? redis;
    private FakeUpstashVector? vector;

    protected override async Task<string[]> SettingsAsync()
    {
        redis = await UpstashIsolation.RedisAsync();
        vector = await FakeUpstashVector.StartAsync(new FakeUpstashVectorOptions { Dimensions = 32 });
        return [.. UpstashIsolation.Settings(redis), "--Memory:Upstash:Vector:Url", vector.Url, "--Memory:Upstash:Vector:Token", vector.Token];
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await (redis?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (vector?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}

/// <summary>The Redis of both.</summary>
internal static class UpstashIsolation
{
    public static async Task<UpstashRedisProxy> RedisAsync()
    {
        var address = Environment.GetEnvironmentVariable("MEMORY_TEST_REDIS") ?? "";
        Assert.SkipWhen(address.Length == 0 && Environment.GetEnvironmentVariable("CI") != "true", "MEMORY_TEST_REDIS is not set: ./test.sh starts a Redis.");
        Assert.True(address.Length > 0, "MEMORY_TEST_REDIS is not set: run the tests with ./test.sh.");
        return await UpstashRedisProxy.StartAsync(new UpstashRedisProxyOptions { Redis = address });
    }

    public static string[] Settings(UpstashRedisProxy redis) =>
    [
        "--Memory:Storage:Backend", "upstash", "--Memory:Upstash:Url", redis.Url, "--Memory:Upstash:Token", redis.Token, "--Memory:Upstash:Prefix", $"isolation-{Guid.NewGuid():N}",
        "--Memory:Upstash:AllowKeyLocking", "false",
    ];
}
