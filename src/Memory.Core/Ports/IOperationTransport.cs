namespace Memory.Core;

/// <summary>The queue that announcements of operations, and appends of other producers, come through, where there is one.</summary>
public interface IOperationTransport
{
    /// <summary>Has an operation looked at again after a while. Like an announcement, it may be lost.</summary>
    Task PutOffAsync(string operationId, TimeSpan delay, CancellationToken cancellationToken = default);

    /// <summary>Puts what was given up on the poison queue, and says so in the log.</summary>
    /// <returns>False when that queue cannot be reached, which the log says too.</returns>
    Task<bool> TryPoisonAsync(GivenUp givenUp, CancellationToken cancellationToken = default);
}

/// <summary>Work that was given up, for an operator.</summary>
/// <param name="Text">The message as it stood on the queue; null for an operation, whose request is in the store.</param>
/// <param name="MessageId">The queue's id of that message; null when the operation was not given up while handling one.</param>
/// <param name="OperationId">The operation, if it became one.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Error">Why it was given up; fit for a log.</param>
public sealed record GivenUp(string? Text, string? MessageId, string? OperationId, long Attempts, OperationError Error);
