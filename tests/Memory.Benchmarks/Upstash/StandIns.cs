using Flurl.Http;
using Memory.Benchmarks.Load;
using Memory.Fakes;
using Memory.Storage.Upstash;

namespace Memory.Benchmarks.Upstash;

/// <summary>Both services on this machine: the proxy in front of a real Redis, and the stand-in of the index of vectors.</summary>
internal sealed class StandIns : IAsyncDisposable
{
    private readonly FlurlClient client = new();
    private readonly HashSet<string> resources = [];
    private readonly UpstashOptions options;

    private StandIns(UpstashRedisProxy redis, FakeUpstashVector vector)
    {
        (Redis, Vector) = (redis, vector);
        options = new UpstashOptions { Url = redis.Url, Token = redis.Token, Prefix = $"bench-{Guid.NewGuid():N}" };
        (options.Vector.Url, options.Vector.Token) = (vector.Url, vector.Token);
    }

    /// <summary>Redis.</summary>
    public UpstashRedisProxy Redis { get; }

    /// <summary>The index of vectors.</summary>
    public FakeUpstashVector Vector { get; }

    /// <summary>What a server is told that shall use them.</summary>
    public string Settings =>
        $"Memory__Storage__Backend=upstash UPSTASH_REDIS_REST_URL={Redis.Url} UPSTASH_REDIS_REST_TOKEN={Redis.Token} UPSTASH_VECTOR_REST_URL={Vector.Url} UPSTASH_VECTOR_REST_TOKEN={Vector.Token}";

    /// <summary>Requests to both, and the commands or vectors that are billed for them, since this was asked last.</summary>
    public StandInCounts Count()
    {
        var counts = new StandInCounts(Redis.Requests + Vector.Requests, Redis.Billed + Vector.Billed);
        Redis.Reset();
        Vector.Reset();
        return counts;
    }

    /// <summary>Starts them.</summary>
    public static async Task<StandIns> StartAsync(string redis, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var proxy = await UpstashRedisProxy.StartAsync(new UpstashRedisProxyOptions { Redis = redis });
        return new StandIns(proxy, await FakeUpstashVector.StartAsync(new FakeUpstashVectorOptions { Dimensions = HashEmbedder.Dimensions, IndexDelay = TimeSpan.Zero }));
    }

    /// <summary>The product over them, as a process of its own has it: it remembers nothing of what others wrote.</summary>
    public Instance NewInstance() => new(UpstashServices.Over(client, options));

    /// <summary>Says what to remove at the end.</summary>
    public void Uses(string resourceId) => resources.Add(resourceId);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        (Redis.Latency, Vector.Latency) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var resourceId in resources)
        {
            await NewInstance().Messages.EraseResourceAsync(resourceId, DateTimeOffset.UtcNow);
        }

        await Redis.DisposeAsync();
        await Vector.DisposeAsync();
        client.Dispose();
    }
}
