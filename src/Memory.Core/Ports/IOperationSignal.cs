namespace Memory.Core;

/// <summary>Tells a worker that an operation is waiting. Losing a signal loses no work: the sweep finds what was accepted.</summary>
public interface IOperationSignal
{
    /// <summary>Announces an accepted operation.</summary>
    Task AnnounceAsync(string operationId, CancellationToken cancellationToken = default);
}
