using Microsoft.Extensions.Logging;

namespace Memory.Core;

/// <summary>
/// Does what nobody announced, or whose announcement was lost, and looks after the storage; for a host without workers of its own, which calls it every minute.
/// It works off what it finds itself: so it also does while the queue is away.
/// </summary>
public sealed partial class Sweep(RunOperations run, IEnumerable<IUpkeep> upkeep, TimeProvider clock, ILogger<Sweep> logger, EmbedMessages? embed = null)
{
    /// <summary>How long it goes on taking work; the next sweep takes up where it stopped.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromMinutes(4);

    // Of an hour: its minutes at which finished operations are removed and the storage is looked after. An instance may be too young to remember the last time.
    private const int UpkeepMinutes = 10;

    /// <summary>Sweeps once. What fails is logged, and holds up nothing else.</summary>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        await TryAsync("operations", token => WorkOffAsync(run.RunDueAsync, token), cancellationToken);
        if (embed is not null)
        {
            await TryAsync("embeddings", token => WorkOffAsync(embed.RunDueAsync, token), cancellationToken);
            await TryAsync("the count of embeddings", embed.MeasureAsync, cancellationToken);
        }

        if (clock.GetUtcNow().Minute % UpkeepMinutes != 0)
        {
            return;
        }

        await TryAsync("finished operations", run.PurgeAsync, cancellationToken);
        foreach (var one in upkeep)
        {
            await TryAsync("the storage", one.RunAsync, cancellationToken);
        }
    }

    private async Task WorkOffAsync(Func<CancellationToken, Task<int>> runDue, CancellationToken cancellationToken)
    {
        for (var started = clock.GetTimestamp(); clock.GetElapsedTime(started) < Limit && await runDue(cancellationToken) > 0;)
        {
        }
    }

    private async Task TryAsync(string what, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
#pragma warning disable CA1031 // The sweep's edge: whatever it is, the next one tries again.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            Log.Failed(logger, what, fault);
        }
#pragma warning restore CA1031
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The sweep failed over {What}, and the next one tries again.")]
        public static partial void Failed(ILogger logger, string what, Exception exception);
    }
}
