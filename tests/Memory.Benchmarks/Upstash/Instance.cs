using Memory.Benchmarks.Load;
using Memory.Core;
using Memory.Storage.Upstash;
using Microsoft.Extensions.Logging.Abstractions;

namespace Memory.Benchmarks.Upstash;

/// <summary>The product as a library over both services, with an embedder that takes no time.</summary>
internal sealed class Instance
{
    /// <summary>Composes it as the hosts do.</summary>
    public Instance(UpstashServices services)
    {
        var (messages, list, index) = (new UpstashMessageStore(services), new UpstashEmbeddingStore(services), new UpstashVectorIndex(services, TimeProvider.System));
        var owners = new ThreadOwners(messages, TimeProvider.System);
        var split = new SplitEmbeddingStore(messages, list, index, owners);
        var embed = new EmbedMessages(HashEmbedder.Embedder, split, new NoWorker(), new EmbeddingOptions(), TimeProvider.System, NullLogger<EmbedMessages>.Instance);
        Messages = new SplitMessageStore(messages, new UpstashArchive(services), index, split, owners, NullLogger<SplitMessageStore>.Instance);
        Recall = new RecallMessages(Messages, new SplitSearchIndex(new UpstashSearchIndex(services, TimeProvider.System), index, owners), TimeProvider.System, embed);
        Append = new AppendMessages(Messages, TimeProvider.System, embed);
        AppendWords = new AppendMessages(Messages, TimeProvider.System);
    }

    /// <summary>The store.</summary>
    public SplitMessageStore Messages { get; }

    /// <summary>Appends with vectors.</summary>
    public AppendMessages Append { get; }

    /// <summary>Appends without.</summary>
    public AppendMessages AppendWords { get; }

    /// <summary>Recalls by words and vectors.</summary>
    public RecallMessages Recall { get; }

    private sealed class NoWorker : IEmbeddingSignal
    {
        public Task AnnounceAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
