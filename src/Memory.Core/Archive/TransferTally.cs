namespace Memory.Core;

/// <summary>Counts what a transfer does, for several threads of work at once.</summary>
internal sealed class TransferTally(IProgress<TransferProgress>? progress, long? totalThreads = null, long? totalMessages = null)
{
    private const int NamedConflicts = 1_000;
    private readonly Lock gate = new();
    private readonly List<TransferConflict> conflicts = [];
    private TransferReport report = new();
    private long threadsDone, messagesDone;

    /// <summary>What was counted until now.</summary>
    public TransferReport Report
    {
        get
        {
            lock (gate)
            {
                return report with { FirstConflicts = [.. conflicts] };
            }
        }
    }

    /// <summary>Whether anything was changed.</summary>
    public bool HasChanged(TransferReport since)
    {
        var now = Report;
        return now.Threads > since.Threads || now.WorkingMemories > since.WorkingMemories;
    }

    /// <summary>Counts.</summary>
    public void Count(Func<TransferReport, TransferReport> change)
    {
        lock (gate)
        {
            report = change(report);
        }
    }

    /// <summary>Counts what stands in the way.</summary>
    public void Conflict(ThreadRecord thread, long? position, string reason)
    {
        lock (gate)
        {
            report = report with { Conflicts = report.Conflicts + 1 };
            if (conflicts.Count < NamedConflicts)
            {
                conflicts.Add(new TransferConflict(thread.ResourceId, thread.Id, position, reason));
            }
        }
    }

    /// <summary>Begins to go through everything once more: what stands in the way is counted anew.</summary>
    public void BeginPass()
    {
        lock (gate)
        {
            conflicts.Clear();
            report = report with { Resources = 0, UnchangedThreads = 0, Conflicts = 0, Passes = report.Passes + 1 };
        }
    }

    /// <summary>Tells how far it is.</summary>
    public void Done(long threads, long messages)
    {
        // Going through everything once more is no progress of this kind.
        if (progress is not null && Volatile.Read(ref report).Passes <= 1)
        {
            progress.Report(new TransferProgress(Interlocked.Add(ref threadsDone, threads), totalThreads, Interlocked.Add(ref messagesDone, messages), totalMessages));
        }
    }
}
