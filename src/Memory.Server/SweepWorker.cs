namespace Memory.Server;

/// <summary>Does due work in this process: when it is told of some, and every few seconds for what nobody announced.</summary>
internal abstract partial class SweepWorker(double sweepSeconds, ILogger logger) : BackgroundService
{
    private readonly SemaphoreSlim waiting = new(0, 1);

    /// <inheritdoc/>
    public override void Dispose()
    {
        waiting.Dispose();
        base.Dispose();
    }

    /// <summary>Wakes the worker.</summary>
    protected Task WakeAsync()
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

    /// <summary>Does some of the work that is due.</summary>
    /// <returns>How much; it is called again while that is not 0.</returns>
    protected abstract Task<int> RunDueAsync(CancellationToken stoppingToken);

    /// <summary>Called once the due work is done.</summary>
    protected virtual Task TidyAsync(CancellationToken stoppingToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (!stoppingToken.IsCancellationRequested && await RunDueAsync(stoppingToken) > 0)
                {
                }

                await TidyAsync(stoppingToken);
            }
#pragma warning disable CA1031 // The worker's edge: whatever it is, the next sweep tries again.
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.Failed(logger, exception);
            }
#pragma warning restore CA1031

            await waiting.WaitAsync(TimeSpan.FromSeconds(sweepSeconds), stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "A worker failed and goes on.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
