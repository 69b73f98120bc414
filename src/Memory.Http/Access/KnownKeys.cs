using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Memory.Core;
using Microsoft.Extensions.Options;

namespace Memory.Http;

/// <summary>The kept keys, each remembered for a while, so that a call of a known caller costs no request of its own.</summary>
internal sealed class KnownKeys(IKeyStore store, IOptions<HttpOptions> options, TimeProvider clock) : IDisposable
{
    private const int MaxKeys = 10_000;

    // Of one address: a guess is one request to the storage.
    private const int LookupsAtOnce = 50, LookupsPerSecond = 10;

    private readonly TimeSpan remembered = TimeSpan.FromSeconds(options.Value.KeyCacheSeconds);
    private readonly ConcurrentDictionary<string, (AccessKey Key, long Since)> known = new(StringComparer.Ordinal);

    private readonly PartitionedRateLimiter<string> lookups = PartitionedRateLimiter.Create<string, string>(address => RateLimitPartition.GetTokenBucketLimiter(address, _ => new TokenBucketRateLimiterOptions
    {
        TokenLimit = LookupsAtOnce,
        TokensPerPeriod = LookupsPerSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
    }));

    /// <summary>The caller who holds a key; null when it opens nothing.</summary>
    /// <param name="shown">The key.</param>
    /// <param name="address">Where it comes from.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="TooManyRequestsException">The address has tried too many that are not remembered.</exception>
    public async Task<Caller?> FindAsync(KeyText shown, string? address, CancellationToken cancellationToken)
    {
        if (!known.TryGetValue(shown.Id, out var entry) || clock.GetElapsedTime(entry.Since) >= remembered)
        {
            using var lookup = lookups.AttemptAcquire(address ?? "");
            if (!lookup.IsAcquired)
            {
                throw new TooManyRequestsException("Too many keys that are not known here came from this address.", TimeSpan.FromSeconds(1));
            }

            if (await store.FindAsync(shown.Id, cancellationToken) is not { } key)
            {
                known.TryRemove(shown.Id, out _);
                return null;
            }

            entry = (key, clock.GetTimestamp());
            if (known.Count >= MaxKeys)
            {
                known.Clear();
            }

            known[shown.Id] = entry;
        }

        return shown.Matches(entry.Key.Hash) && !(entry.Key.ExpiresAt <= clock.GetUtcNow()) ? new Caller($"key:{shown.Id}", entry.Key.Grant) : null;
    }

    /// <inheritdoc/>
    public void Dispose() => lookups.Dispose();
}
