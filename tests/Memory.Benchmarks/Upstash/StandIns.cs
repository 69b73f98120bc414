using Memory.Benchmarks.Load;
using Memory.Fakes;

namespace Memory.Benchmarks.Upstash;

/// <summary>Both services on this machine, empty: the proxy in front of a database of a real Redis, and the stand-in of the index of vectors.</summary>
internal sealed class StandIns : IAsyncDisposable
{
    private readonly RedisDatabase database;

    private StandIns(RedisDatabase database, UpstashRedisProxy redis, FakeUpstashVector vector) => (this.database, Redis, Vector) = (database, redis, vector);

    /// <summary>Redis.</summary>
    public UpstashRedisProxy Redis { get; }

    /// <summary>The index of vectors.</summary>
    public FakeUpstashVector Vector { get; }

    /// <summary>What a server is told that shall use them: its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["Memory__Storage__Backend"] = "upstash",
        ["UPSTASH_REDIS_REST_URL"] = Redis.Url,
        ["UPSTASH_REDIS_REST_TOKEN"] = Redis.Token,
        ["UPSTASH_VECTOR_REST_URL"] = Vector.Url,
        ["UPSTASH_VECTOR_REST_TOKEN"] = Vector.Token,
    };

    /// <summary>The same as a shell takes it.</summary>
    public string Settings => string.Join(' ', Environment.Select(setting => $"{setting.Key}={setting.Value}"));

    /// <summary>Requests to both, and the commands or vectors that are billed for them, since this was asked last.</summary>
    public StandInCounts Count()
    {
        var counts = new StandInCounts(Redis.Requests + Vector.Requests, Redis.Billed + Vector.Billed);
        Redis.Reset();
        Vector.Reset();
        return counts;
    }

    /// <summary>Starts them.</summary>
    /// <param name="redis">The Redis, as HOST:PORT; an empty database of it is taken, and left empty.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<StandIns> StartAsync(string redis, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var database = await RedisDatabase.TakeAsync(redis);
        return new StandIns(
            database,
            await UpstashRedisProxy.StartAsync(new UpstashRedisProxyOptions { Redis = redis, Database = database.Number }),
            await FakeUpstashVector.StartAsync(new FakeUpstashVectorOptions { Dimensions = HashEmbedder.Dimensions, IndexDelay = TimeSpan.Zero }));
    }

    /// <summary>What the keys take in Redis's memory.</summary>
    public Task<long> BytesAsync() => database.BytesAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await Vector.DisposeAsync();
        await database.DisposeAsync();
    }
}
