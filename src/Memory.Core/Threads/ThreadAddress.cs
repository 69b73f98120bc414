namespace Memory.Core;

/// <summary>A thread as a caller may see it: one of another resource is as absent as none, and no call tells the two apart.</summary>
/// <param name="Id">The thread.</param>
/// <param name="ResourceId">Whose it must be; null for a caller who may see every resource.</param>
public sealed record ThreadAddress(string Id, string? ResourceId = null)
{
    /// <summary>A thread, whosever it is.</summary>
    public static ThreadAddress Of(string id) => new(id);

    /// <summary>As <see cref="Of"/>.</summary>
    public static implicit operator ThreadAddress(string id) => new(id);
}

/// <summary>What a thread must still be for a change to take place.</summary>
/// <param name="Version">Its version; null for any.</param>
/// <param name="UpdatedAt">The time it last changed; null for any.</param>
public sealed record ThreadCondition(long? Version = null, DateTimeOffset? UpdatedAt = null);
