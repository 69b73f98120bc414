using Memory.Core;

namespace Memory.Server;

/// <summary>Embeds the messages that await their vectors. A worker of its own: a slow embedder must not hold up operations.</summary>
internal sealed class EmbeddingWorker(IServiceProvider services, EmbeddingOptions options, TimeProvider clock, ILogger<EmbeddingWorker> logger)
    : SweepWorker(options.SweepSeconds, "process embeddings", logger), IEmbeddingSignal
{
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(30);
    private long lastCount;

    /// <inheritdoc/>
    public Task AnnounceAsync(CancellationToken cancellationToken = default) => WakeAsync();

    // Asked for here and not in the constructor: it signals to this worker.
    /// <inheritdoc/>
    protected override Task<int> RunDueAsync(CancellationToken stoppingToken) =>
        services.GetRequiredService<EmbedMessages>().RunDueAsync(stoppingToken);

    /// <inheritdoc/>
    protected override async Task TidyAsync(CancellationToken stoppingToken)
    {
        if (EmbedMessages.IsMeasured && (lastCount == 0 || clock.GetElapsedTime(lastCount) > CountInterval))
        {
            await services.GetRequiredService<EmbedMessages>().MeasureAsync(stoppingToken);
            lastCount = clock.GetTimestamp();
        }
    }
}
