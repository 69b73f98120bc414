namespace Memory.Core;

/// <summary>Work accepted for later, kept until it is done: delivered at least once, to one worker at a time.</summary>
public interface IOperationStore
{
    /// <summary>Keeps an operation; durable when it returns.</summary>
    /// <returns>The operation as kept: the one already there when the id is known.</returns>
    Task<Operation> AcceptAsync(Operation operation, CancellationToken cancellationToken = default);

    /// <summary>Finds an operation.</summary>
    Task<Operation?> FindAsync(string operationId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes operations that are due, oldest first: queued ones, and running ones whose worker let its lease run out.
    /// Each counts one more attempt, which is the claim's token.
    /// </summary>
    Task<IReadOnlyList<Operation>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>Ends a claim in success, and drops the payload.</summary>
    /// <returns>False when the claim has passed to another worker.</returns>
    Task<bool> CompleteAsync(string operationId, int attempt, RawJson result, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>Ends a claim in the middle of work that takes longer than one: notes how far it is, and has it claimed again later with its attempts counted anew.</summary>
    /// <returns>False when the claim has passed to another worker.</returns>
    Task<bool> ContinueAsync(string operationId, int attempt, RawJson progress, DateTimeOffset dueAt, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>Ends a claim in an error: queued again for <paramref name="retryAt"/>, or failed for good when that is null. The payload is kept.</summary>
    /// <returns>False when the claim has passed to another worker.</returns>
    Task<bool> FailAsync(string operationId, int attempt, OperationError reason, DateTimeOffset? retryAt, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>Lists operations that failed for good, oldest first.</summary>
    Task<IReadOnlyList<Operation>> ListFailedAsync(int limit, CancellationToken cancellationToken = default);

    /// <summary>Queues a failed operation again, its attempts counted from zero.</summary>
    /// <returns>False when there is no failed operation of that id.</returns>
    Task<bool> RedriveAsync(string operationId, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>Removes an operation with all it holds, whatever its status.</summary>
    /// <returns>False when there is no such operation.</returns>
    Task<bool> RemoveAsync(string operationId, CancellationToken cancellationToken = default);

    /// <summary>Removes operations that succeeded before a time, at most <paramref name="limit"/> of them.</summary>
    /// <returns>How many were removed.</returns>
    Task<int> PurgeAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken = default);
}
