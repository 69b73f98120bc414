namespace Memory.Core;

/// <summary>Makes, lists, replaces and revokes the keys that callers show.</summary>
public sealed class AccessKeys(IKeyStore store, TimeProvider clock)
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Makes a key.</summary>
    /// <param name="grant">What it opens.</param>
    /// <param name="name">What it is for; null for nothing in particular.</param>
    /// <param name="expiresAt">From when on it opens nothing; null for never.</param>
    /// <param name="cancellationToken">Ends the call before it has begun to write.</param>
    /// <returns>The key as kept, and as its holder shows it: that is told here and never again.</returns>
    /// <exception cref="RefusedException"><see cref="ErrorCode.InvalidRequest"/>: the name or the time.</exception>
    public async Task<(AccessKey Key, KeyText Text)> CreateAsync(AccessGrant grant, string? name, DateTimeOffset? expiresAt, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow().ToMicroseconds();
        if (name is { Length: 0 or > MaxNameLength } || name?.Any(char.IsControl) == true)
        {
            throw RefusedException.Invalid("name", $"must be 1 to {MaxNameLength} characters without control characters");
        }

        if (expiresAt <= now)
        {
            throw RefusedException.Invalid("expiresAt", "must lie in the future");
        }

        while (true)
        {
            var text = KeyText.New();
            var key = new AccessKey { Id = text.Id, Hash = text.Hash(), Name = name, Grant = grant, CreatedAt = now, ExpiresAt = expiresAt?.ToMicroseconds() };
            if (await store.AddAsync(key, cancellationToken))
            {
                return (key, text);
            }
        }
    }

    /// <summary>Makes another key of the same grant, name and life span, and lets the old one expire after a while, in which both open the same.</summary>
    /// <returns>Null when there is no such key, or it has expired.</returns>
    public async Task<(AccessKey Key, KeyText Text)?> RotateAsync(string keyId, TimeSpan overlap, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow();
        if (await store.FindAsync(keyId, cancellationToken) is not { } old || old.ExpiresAt <= now)
        {
            return null;
        }

        var made = await CreateAsync(old.Grant, old.Name, old.ExpiresAt is { } end ? now + (end - old.CreatedAt) : null, cancellationToken);
        await store.ExpireAsync(keyId, (now + overlap).ToMicroseconds(), cancellationToken);
        return made;
    }

    /// <summary>Lets a key open nothing from now on. Servers that have just seen it take up to <c>Memory:Http:KeyCacheSeconds</c> to notice.</summary>
    /// <returns>False when there is no such key.</returns>
    public Task<bool> RevokeAsync(string keyId, CancellationToken cancellationToken = default) => store.ExpireAsync(keyId, clock.GetUtcNow().ToMicroseconds(), cancellationToken);

    /// <summary>Lists keys by id, those that have expired too.</summary>
    public Task<Page<AccessKey, string>> ListAsync(int limit, string? after, CancellationToken cancellationToken = default) => store.ListAsync(limit, after, cancellationToken);
}
