namespace Memory.Server;

/// <summary>Does due work in this process: when it is told of some, and every few seconds for what nobody announced.</summary>
internal abstract partial class SweepWorker(double sweepSeconds, ILogger logger) : BackgroundService
{
    private readonly SemaphoreSlim waiting = new(0, 1);

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose(); // cancels first: what then meets the disposed semaphore knows why
        waiting.Dispose();
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
        for (var sweep = TimeSpan.Zero; !stoppingToken.IsCancellationRequested; sweep = TimeSpan.FromSeconds(sweepSeconds))
        {
            try
            {
                await waiting.WaitAsync(sweep, stoppingToken);
                while (!stoppingToken.IsCancellationRequested && await RunDueAsync(stoppingToken) > 0)
                {
                }

                await TidyAsync(stoppingToken);
            }
#pragma warning disable CA1031 // The worker's edge.
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return; // told to stop, or disposed of because the host could not start: no failure of the worker's
            }
            catch (Exception exception)
            {
                Log.Failed(logger, exception); // whatever it is, the next sweep tries again
            }
#pragma warning restore CA1031
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "A worker failed and goes on.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
