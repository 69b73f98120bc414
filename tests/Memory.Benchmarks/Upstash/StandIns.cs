using Flurl.Http;
using Memory.Benchmarks.Load;
using Memory.Core;
using Memory.Fakes;
using Memory.Storage.Upstash;
using Microsoft.Extensions.Logging.Abstractions;

namespace Memory.Benchmarks.Upstash;

/// <summary>Both services on this machine: the proxy in front of a real Redis, and the stand-in of the index of vectors, with the product over them as a library.</summary>
internal sealed class StandIns : IAsyncDisposable
{
    private readonly FlurlClient client = new();
    private readonly HashSet<string> resources = [];

    private StandIns(UpstashRedisProxy redis, FakeUpstashVector vector)
    {
        (Redis, Vector) = (redis, vector);
        var options = new UpstashOptions { Url = redis.Url, Token = redis.Token, Prefix = $"bench-{Guid.NewGuid():N}" };
        (options.Vector.Url, options.Vector.Token) = (vector.Url, vector.Token);
        var services = UpstashServices.Over(client, options);
        var (messages, list, index) = (new UpstashMessageStore(services), new UpstashEmbeddingStore(services), new UpstashVectorIndex(services, TimeProvider.System));
        var owners = new ThreadOwners(messages, TimeProvider.System);
        var split = new SplitEmbeddingStore(messages, list, index, owners);
        Messages = new SplitMessageStore(messages, index, split, owners, NullLogger<SplitMessageStore>.Instance);
        Embed = new EmbedMessages(HashEmbedder.Embedder, split, new NoWorker(), new EmbeddingOptions(), TimeProvider.System, NullLogger<EmbedMessages>.Instance);
        Recall = new RecallMessages(Messages, new SplitSearchIndex(new UpstashSearchIndex(services, TimeProvider.System), index, owners), TimeProvider.System, Embed);
        Append = new AppendMessages(Messages, TimeProvider.System, Embed);
        AppendWords = new AppendMessages(Messages, TimeProvider.System);
    }

    /// <summary>Redis.</summary>
    public UpstashRedisProxy Redis { get; }

    /// <summary>The index of vectors.</summary>
    public FakeUpstashVector Vector { get; }

    /// <summary>The store.</summary>
    public SplitMessageStore Messages { get; }

    /// <summary>Appends with vectors.</summary>
    public AppendMessages Append { get; }

    /// <summary>Appends without.</summary>
    public AppendMessages AppendWords { get; }

    /// <summary>Recalls by words and vectors.</summary>
    public RecallMessages Recall { get; }

    /// <summary>What a server is told that shall use them.</summary>
    public string Settings =>
        $"Memory__Storage__Backend=upstash UPSTASH_REDIS_REST_URL={Redis.Url} UPSTASH_REDIS_REST_TOKEN={Redis.Token} UPSTASH_VECTOR_REST_URL={Vector.Url} UPSTASH_VECTOR_REST_TOKEN={Vector.Token}";

    private EmbedMessages Embed { get; }

    /// <summary>Starts them.</summary>
    public static async Task<StandIns> StartAsync(string redis, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var proxy = await UpstashRedisProxy.StartAsync(new UpstashRedisProxyOptions { Redis = redis });
        return new StandIns(proxy, await FakeUpstashVector.StartAsync(new FakeUpstashVectorOptions { Dimensions = HashEmbedder.Dimensions, IndexDelay = TimeSpan.Zero }));
    }

    /// <summary>Says what to remove at the end.</summary>
    public void Uses(string resourceId) => resources.Add(resourceId);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        (Redis.Latency, Vector.Latency) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var resourceId in resources)
        {
            await Messages.EraseResourceAsync(resourceId);
        }

        await Redis.DisposeAsync();
        await Vector.DisposeAsync();
        client.Dispose();
    }

    private sealed class NoWorker : IEmbeddingSignal
    {
        public Task AnnounceAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
