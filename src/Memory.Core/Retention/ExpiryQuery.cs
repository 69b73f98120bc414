namespace Memory.Core;

/// <summary>A step of a walk over all threads for those whose time to live is over: nothing was appended, edited or changed in them for that long.</summary>
/// <param name="Now">The time to compare with.</param>
/// <param name="TimeToLive">That of threads without one of their own; null to leave these out.</param>
/// <param name="Limit">How many threads one step returns at most; it may look at more, in a bounded number.</param>
/// <param name="After">Where the step before ended; null at the beginning.</param>
public sealed record ExpiryQuery(DateTimeOffset Now, TimeSpan? TimeToLive, int Limit, string? After);

/// <summary>A thread whose time to live is over.</summary>
/// <param name="Id">The thread.</param>
/// <param name="ResourceId">Its resource.</param>
/// <param name="UpdatedAt">When it last changed.</param>
/// <param name="IsOwn">Whether the time to live is its own, and not that of the deployment.</param>
public sealed record ExpiredThread(string Id, string ResourceId, DateTimeOffset UpdatedAt, bool IsOwn);
