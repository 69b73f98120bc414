using Memory.Core;

namespace Memory.Server;

/// <summary>Works off operations in this process: when one is announced, and every few seconds for those that nobody announced.</summary>
internal sealed partial class OperationWorker(RunOperations run, OperationOptions options, TimeProvider clock, ILogger<OperationWorker> logger)
    : BackgroundService, IOperationSignal
{
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromHours(1);
    private readonly SemaphoreSlim waiting = new(0, 1);

    /// <inheritdoc/>
    public Task AnnounceAsync(string operationId, CancellationToken cancellationToken = default)
    {
        try
        {
            if (waiting.CurrentCount == 0)
            {
                waiting.Release();
            }
        }
        catch (SemaphoreFullException)
        {
            // Told at the same moment by another: the worker looks at everything that is due.
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        waiting.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var lastPurge = clock.GetUtcNow();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // Not the stopping token: what was claimed is finished, so that nobody has to wait for its lease to run out.
                while (!stoppingToken.IsCancellationRequested && await run.RunDueAsync(CancellationToken.None) > 0)
                {
                }

                if (clock.GetUtcNow() - lastPurge > PurgeInterval)
                {
                    await run.PurgeAsync(stoppingToken);
                    lastPurge = clock.GetUtcNow();
                }
            }
#pragma warning disable CA1031 // The worker's edge: whatever it is, the next sweep tries again.
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.Failed(logger, exception);
            }
#pragma warning restore CA1031

            await waiting.WaitAsync(TimeSpan.FromSeconds(options.SweepSeconds), stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The operations worker failed and goes on.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
