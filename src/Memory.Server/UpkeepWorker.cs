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
                catch (MemoryStoreException fault)
                {
                    Log.Failed(logger, fault.Store, fault.Operation, fault.Reason, fault);
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "{Store} could not {Operation}, which is tried again later: {Reason}")]
        public static partial void Failed(ILogger logger, string store, string operation, string reason, Exception exception);
    }
}
