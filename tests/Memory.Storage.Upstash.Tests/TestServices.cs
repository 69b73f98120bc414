using Flurl.Http;
using Memory.Fakes;
using Xunit;

namespace Memory.Storage.Upstash.Tests;

/// <summary>Stand-ins of both services for one test: Redis's in front of the real one that the test script started, under a prefix that is nobody else's.</summary>
internal sealed class TestServices : IAsyncDisposable
{
    private const string Variable = "MEMORY_TEST_REDIS";

    private readonly HttpClient http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10) }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly FlurlClient client;
    private readonly Action<UpstashOptions>? change;

    private TestServices(UpstashRedisProxy redis, FakeUpstashVector? vector, Action<UpstashOptions>? change)
    {
        (Redis, MaybeVector, this.change, client) = (redis, vector, change, new FlurlClient(http));
        Services = Connect();
    }

    /// <summary>Its address; skips the test when there is none, except in CI.</summary>
    public static string Address => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } address
        ? address
        : Environment.GetEnvironmentVariable("CI") == "true"
        ? throw new InvalidOperationException($"{Variable} is not set: run the tests with ./test.sh.")
        : Skip($"{Variable} is not set: ./test.sh starts a Redis, or set it to the HOST:PORT of one.");

    /// <summary>What every key begins with.</summary>
    public string Prefix { get; } = $"test-{Guid.NewGuid():N}";

    /// <summary>Redis.</summary>
    public UpstashRedisProxy Redis { get; }

    /// <summary>The index of vectors, if the test asked for one.</summary>
    public FakeUpstashVector Vector => MaybeVector ?? throw new InvalidOperationException("The test asked for no index of vectors.");

    /// <summary>The clients that adapters are made with.</summary>
    public UpstashServices Services { get; }

    private FakeUpstashVector? MaybeVector { get; }

    /// <summary>Starts them.</summary>
    /// <param name="vector">The index of vectors; null for none.</param>
    /// <param name="change">Changes the options: short time limits, another token.</param>
    /// <param name="redis">Changes the stand-in of Redis: its limits.</param>
    public static async Task<TestServices> StartAsync(
        FakeUpstashVectorOptions? vector = null, Action<UpstashOptions>? change = null, Func<UpstashRedisProxyOptions, UpstashRedisProxyOptions>? redis = null)
    {
        var options = new UpstashRedisProxyOptions { Redis = Address, ReadOnlyToken = "reader" };
        return new TestServices(
            await UpstashRedisProxy.StartAsync(redis?.Invoke(options) ?? options),
            vector is null ? null : await FakeUpstashVector.StartAsync(vector), change);
    }

    /// <summary>Clients of their own, as another instance of the service has.</summary>
    public UpstashServices Connect(Action<UpstashOptions>? change = null)
    {
        var options = new UpstashOptions { Url = Redis.Url, Token = Redis.Token, Prefix = Prefix };
        if (MaybeVector is { } vector)
        {
            (options.Vector.Url, options.Vector.Token) = (vector.Url, vector.Token);
        }

        this.change?.Invoke(options);
        change?.Invoke(options);
        return UpstashServices.Over(client, options);
    }

    /// <summary>The keys that begin with the prefix, which is cut off.</summary>
    public Task<string[]> KeysAsync() => Services.Redis.CommandAsync(
        "list keys", ["KEYS", $"{Prefix}:*"], found => found.EnumerateArray().Select(key => key.GetString()![Prefix.Length..].TrimStart(':')).Order(StringComparer.Ordinal).ToArray(), // names are strings
        TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await (MaybeVector?.DisposeAsync() ?? ValueTask.CompletedTask);
        client.Dispose();
        http.Dispose();
    }

    private static string Skip(string reason)
    {
        Assert.Skip(reason);
        return reason;
    }
}
