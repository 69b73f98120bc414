using System.Text.Json.Nodes;
using Flurl.Http;
using Memory.Benchmarks.Upstash;
using Memory.Core;
using Memory.Storage.Upstash;
using Microsoft.Extensions.Logging.Abstractions;

namespace Memory.Benchmarks.Load;

/// <summary>Upstash's services, by their stand-ins.</summary>
/// <param name="standIns">They, which are ended with this object.</param>
internal sealed class UpstashPlace(StandIns standIns) : IPlace
{
    private readonly FlurlClient client = new();
    private bool isGone;

    /// <summary>The stand-ins, which count.</summary>
    public StandIns StandIns => standIns;

    /// <inheritdoc/>
    public JsonObject ForPeer => new()
    {
        ["redis"] = new JsonObject { ["url"] = standIns.Redis.Url, ["token"] = standIns.Redis.Token },
        ["vector"] = new JsonObject { ["url"] = standIns.Vector.Url, ["token"] = standIns.Vector.Token },
    };

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ForServer => new Dictionary<string, string>(standIns.Environment) { ["Memory__Upstash__AllowKeyLocking"] = "false" };

    /// <summary>Composes the product over them as the hosts do.</summary>
    public OpenStore Open(bool withVectors)
    {
        // Scripts do not say which keys they lock: the stand-in would look up the keys of every command, and its time would be taken for Redis's.
        var options = new UpstashOptions { Url = standIns.Redis.Url, Token = standIns.Redis.Token, AllowKeyLocking = false };
        (options.Vector.Url, options.Vector.Token) = (standIns.Vector.Url, standIns.Vector.Token);
        var services = UpstashServices.Over(client, options);
        var (messages, embeddings, archive) = (new UpstashMessageStore(services), new UpstashEmbeddingStore(services), new UpstashArchive(services));
        var index = new UpstashVectorIndex(services, TimeProvider.System);
        var owners = new ThreadOwners(messages, TimeProvider.System);
        var split = new SplitEmbeddingStore(messages, embeddings, index, owners);
        return new OpenStore(
            new SplitMessageStore(messages, archive, index, split, owners, NullLogger<SplitMessageStore>.Instance),
            new SplitSearchIndex(new UpstashSearchIndex(services, TimeProvider.System), index, owners),
            split,
            new SplitArchive(archive, index, embeddings, owners, NullLogger<SplitArchive>.Instance),
            new Connections(),
            new SearchUpkeep(services));
    }

    /// <inheritdoc/>
    public IPlace? Copy() => null;

    /// <inheritdoc/>
    public Task SettleAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>In Redis's memory: what Upstash's takes on disk is not known.</summary>
    public Task<long> BytesAsync(CancellationToken cancellationToken) => standIns.BytesAsync();

    /// <summary>Ends them, once: whoever asked for the place may, and the backend does at last.</summary>
    public async ValueTask DisposeAsync()
    {
        if (isGone)
        {
            return;
        }

        isGone = true;
        client.Dispose();
        await standIns.DisposeAsync();
    }

    // They are the place's, and stay open for whoever opens it next.
    private sealed class Connections : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
