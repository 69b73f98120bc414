using Memory.Core;
using Memory.Queues;

namespace Memory.Server;

/// <summary>Works off accepted operations; where a queue announces them, only those whose announcement was lost.</summary>
internal sealed class OperationWorker(
    RunOperations run, OperationOptions options, TimeProvider clock, ILogger<OperationWorker> logger, QueueOptions? queue = null)
    : SweepWorker(queue?.SweepSeconds ?? options.SweepSeconds, "process operations", logger), IOperationSignal
{
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromHours(1);
    private DateTimeOffset lastPurge = clock.GetUtcNow();

    /// <inheritdoc/>
    public Task AnnounceAsync(string operationId, CancellationToken cancellationToken = default) => WakeAsync();

    /// <inheritdoc/>
    protected override Task<int> RunDueAsync(CancellationToken stoppingToken) =>
        run.RunDueAsync(CancellationToken.None); // what was claimed is finished, so that nobody has to wait for its lease to run out

    /// <inheritdoc/>
    protected override async Task TidyAsync(CancellationToken stoppingToken)
    {
        if (clock.GetUtcNow() - lastPurge > PurgeInterval)
        {
            await run.PurgeAsync(stoppingToken);
            lastPurge = clock.GetUtcNow();
        }
    }
}
