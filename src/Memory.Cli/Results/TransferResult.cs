using Memory.Core;

namespace Memory.Cli;

/// <summary>What a migration or an import did, as JSON.</summary>
internal sealed record TransferResult(
    bool DryRun, long Resources, long Threads, long UnchangedThreads, long Messages, long EditedMessages, long DeletedMessages, long MessagesWithVectors, long PendingEmbeddings,
    long WorkingMemories, long OverwrittenThreads, int Passes, double Seconds, long Conflicts, IReadOnlyList<TransferConflict> FirstConflicts, IReadOnlyDictionary<string, long>? Notes)
{
    /// <summary>Takes it from a report.</summary>
    public static TransferResult Of(TransferReport report, bool isDryRun, double seconds, IReadOnlyDictionary<string, long>? notes) => new(
        isDryRun, report.Resources, report.Threads, report.UnchangedThreads, report.Messages, report.EditedMessages, report.DeletedMessages, report.MessagesWithVectors,
        report.PendingEmbeddings, report.WorkingMemories, report.OverwrittenThreads, report.Passes, Math.Round(seconds, 3), report.Conflicts, report.FirstConflicts, notes);
}
