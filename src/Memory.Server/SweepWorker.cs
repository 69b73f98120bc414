using System.Diagnostics;
using Memory.Core;

namespace Memory.Server;

/// <summary>Does due work in this process: when it is told of some, and every few seconds for what nobody announced.</summary>
/// <param name="sweepSeconds">How long nobody need tell it.</param>
/// <param name="span">The name of the span of work that it was told of.</param>
/// <param name="logger">Says what failed.</param>
internal abstract partial class SweepWorker(double sweepSeconds, string span, ILogger logger) : BackgroundService
{
    private readonly SemaphoreSlim waiting = new(0, 1);

    // The trace of the first who told it since it last looked; the others' go on without what it does for all.
    private string? announced;

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose(); // cancels first: what then meets the disposed semaphore knows why
        waiting.Dispose();
    }

    /// <summary>Wakes the worker, which goes on with the trace that runs here.</summary>
    protected Task WakeAsync()
    {
        Interlocked.CompareExchange(ref announced, TraceParent.Current, null);
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
                await RunAllAsync(stoppingToken);

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

    private async Task RunAllAsync(CancellationToken stoppingToken)
    {
        var traceparent = Interlocked.Exchange(ref announced, null);
        using var activity = traceparent is null ? null : TraceParent.Start(span, ActivityKind.Consumer, traceparent);
        while (!stoppingToken.IsCancellationRequested && await RunDueAsync(stoppingToken) > 0)
        {
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "A worker failed and goes on.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
