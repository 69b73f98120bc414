namespace Memory.Core;

/// <summary>Something beside the storage that the service needs to do all of its work, such as a queue.</summary>
public interface IReadiness
{
    /// <summary>Asks it for a sign of life, which costs little.</summary>
    /// <exception cref="MemoryStoreException">It cannot be reached.</exception>
    Task CheckAsync(CancellationToken cancellationToken = default);
}
