using Microsoft.Extensions.Logging;

namespace Memory.Core;

/// <summary>Removes threads whose time to live is over, a bounded batch at a time.</summary>
public sealed partial class ExpireThreads(IMessageStore store, RetentionOptions options, TimeProvider clock, ILogger<ExpireThreads> logger) : IUpkeep
{
    private const int BatchSize = 200;

    // How often the upkeep looks: what is counted in days needs no more.
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private long? lastRun;

    /// <summary>The deployment's time to live; null when there is none.</summary>
    public TimeSpan? TimeToLive => options.ThreadDays > 0 ? TimeSpan.FromDays(options.ThreadDays) : null;

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (lastRun is { } last && clock.GetElapsedTime(last) < Interval)
        {
            return;
        }

        lastRun = clock.GetTimestamp();
        var tally = await RunAsync(TimeToLive, thread => thread.IsOwn || !options.DryRun, cancellationToken);
        if (tally.Found > tally.Removed && options.DryRun)
        {
            Log.Counted(logger, tally.Found - tally.Removed, options.ThreadDays);
        }

        if (tally.Removed > 0)
        {
            Log.Removed(logger, tally.Removed);
        }
    }

    /// <summary>Walks over all threads.</summary>
    /// <param name="timeToLive">That of threads without one of their own; null to leave these alone.</param>
    /// <param name="isRemoved">Which of the expired threads to remove; the others are counted.</param>
    /// <param name="cancellationToken">Ends the walk between two threads.</param>
    /// <exception cref="MemoryStoreException">What was removed until then stays so, and the next walk goes on.</exception>
    public async Task<ExpiryTally> RunAsync(TimeSpan? timeToLive, Func<ExpiredThread, bool> isRemoved, CancellationToken cancellationToken = default)
    {
        var (found, removed) = (0L, 0L);
        string? after = null;
        do
        {
            var page = await store.ListExpiredAsync(new ExpiryQuery(clock.GetUtcNow().ToMicroseconds(), timeToLive, BatchSize, after), cancellationToken);
            foreach (var thread in page.Items)
            {
                found++;

                // Only as it was found: what is appended meanwhile keeps it.
                if (isRemoved(thread) && await store.DeleteThreadAsync(new ThreadAddress(thread.Id, thread.ResourceId), new ThreadCondition(UpdatedAt: thread.UpdatedAt), cancellationToken))
                {
                    removed++;
                }
            }

            after = page.Next;
        }
        while (after is not null);
        return new ExpiryTally(found, removed);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Count} threads have not changed for {Days} days. They are kept: set Memory__Retention__DryRun=False to have them removed.")]
        public static partial void Counted(ILogger logger, long count, int days);

        [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "{Count} threads were removed, whose time to live was over.")]
        public static partial void Removed(ILogger logger, long count);
    }
}

/// <summary>What a walk found and did.</summary>
/// <param name="Found">Threads whose time to live was over.</param>
/// <param name="Removed">How many of them are gone now.</param>
public sealed record ExpiryTally(long Found, long Removed);
