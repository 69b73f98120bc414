using Microsoft.Extensions.Logging;

namespace Memory.Core;

/// <summary>Puts vectors into their service, whose faults are no reason to refuse the messages: these then go without, and the worker makes theirs.</summary>
internal static partial class VectorPlacement
{
    /// <summary>Puts what there is of one thread.</summary>
    /// <returns>Whether it is there now.</returns>
    public static async Task<bool> TryPutAsync(
        this IVectorIndex vectors, EmbeddingSpace space, string resourceId, IReadOnlyList<VectorEntry> entries, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await (entries.Count == 0 ? Task.CompletedTask : vectors.PutAsync(space, resourceId, entries, cancellationToken));
            return true;
        }
        catch (Exception fault) when (fault is MemoryStoreException or RefusedException)
        {
            LeaveToWorker(logger, entries[0].Content.ThreadId, fault);
            return false;
        }
    }

    /// <summary>Says that it is for the worker to do.</summary>
    public static void LeaveToWorker(ILogger logger, string threadId, Exception fault) => Log.Later(logger, threadId, fault.Message);

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "Vectors of thread {ThreadId} are left to the worker: {Reason}")]
        public static partial void Later(ILogger logger, string threadId, string reason);
    }
}
