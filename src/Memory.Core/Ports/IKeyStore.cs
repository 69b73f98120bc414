namespace Memory.Core;

/// <summary>The keys that callers show. Of each only a hash is kept, so that nobody who reads the store can use one.</summary>
public interface IKeyStore
{
    /// <summary>Keeps a key; durable when it returns.</summary>
    /// <returns>False when the id is taken.</returns>
    Task<bool> AddAsync(AccessKey key, CancellationToken cancellationToken = default);

    /// <summary>Finds a key, one that has expired too.</summary>
    Task<AccessKey?> FindAsync(string keyId, CancellationToken cancellationToken = default);

    /// <summary>Lists keys by id.</summary>
    /// <param name="limit">How many at most.</param>
    /// <param name="after">The last id of the page before.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<Page<AccessKey, string>> ListAsync(int limit, string? after, CancellationToken cancellationToken = default);

    /// <summary>Lets a key expire at a time, unless it does so earlier.</summary>
    /// <returns>False when there is no such key.</returns>
    Task<bool> ExpireAsync(string keyId, DateTimeOffset at, CancellationToken cancellationToken = default);
}
