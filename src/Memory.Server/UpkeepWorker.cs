using Memory.Core;

namespace Memory.Server;

/// <summary>Looks after the storage now and then. A worker of its own: making an index takes minutes, and nobody is to wait for that.</summary>
internal sealed partial class UpkeepWorker(IEnumerable<IUpkeep> upkeep, TimeProvider clock, ILogger<UpkeepWorker> logger) : BackgroundService
{
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1), Interval = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var all = upkeep.ToList();
        for (var wait = First; all.Count > 0; wait = Interval)
        {
            await Task.Delay(wait, clock, stoppingToken);
            foreach (var one in all)
            {
                try
                {
                    await one.RunAsync(stoppingToken);
                }
#pragma warning disable CA1031 // The worker's edge: what fails is tried again, and nobody's call depends on it.
                catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
                {
                    Log.Failed(logger, fault.Message, fault);
                }
#pragma warning restore CA1031
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The storage could not be looked after, which is tried again later: {Reason}")]
        public static partial void Failed(ILogger logger, string reason, Exception exception);
    }
}
