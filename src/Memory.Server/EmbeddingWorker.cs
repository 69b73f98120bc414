using Memory.Core;

namespace Memory.Server;

/// <summary>Embeds the messages that await their vectors. A worker of its own: a slow embedder must not hold up operations.</summary>
internal sealed class EmbeddingWorker(IServiceProvider services, EmbeddingOptions options, ILogger<EmbeddingWorker> logger)
    : SweepWorker(options.SweepSeconds, logger), IEmbeddingSignal
{
    /// <inheritdoc/>
    public Task AnnounceAsync(CancellationToken cancellationToken = default) => WakeAsync();

    // Asked for here and not in the constructor: it signals to this worker.
    /// <inheritdoc/>
    protected override Task<int> RunDueAsync(CancellationToken stoppingToken) =>
        services.GetRequiredService<EmbedMessages>().RunDueAsync(stoppingToken);
}
