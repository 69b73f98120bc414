using System.Net;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>Looks for faults of the Redis database. There is no schema: keys are made as they are needed.</summary>
public sealed class UpstashDiagnosis(UpstashServices services, TimeProvider clock) : IDiagnosis
{
    private const string Setting = "Memory:Upstash:Url, or UPSTASH_REDIS_REST_URL";
    private const string TokenFix = "set Memory:Upstash:Token (or UPSTASH_REDIS_REST_TOKEN) to the standard token that the console shows under REST";

    private readonly RedisClient redis = services.Redis;
    private readonly Keys keys = new(services.Options.Prefix);
    private readonly string place = new Uri(services.Options.Url).Authority;

    /// <inheritdoc/>
    public async Task<Diagnosis> DiagnoseAsync(CancellationToken cancellationToken = default)
    {
        List<Finding> findings = [];
        try
        {
            await ReadAsync(cancellationToken);
            findings.Add(Finding.Ok("address", $"{place} answers"));
            findings.Add(Finding.Ok("sign-in", "the token is accepted, and may read"));
            findings.Add(await CheckWriteAsync(cancellationToken));
            findings.Add(await Finding.OfRoundTripAsync(clock, () => ReadAsync(cancellationToken)));
            if (redis.ServerTime is { } time)
            {
                findings.Add(Finding.OfClock(time.AddSeconds(0.5), clock.GetUtcNow())); // the header cuts to the second
            }

            return new Diagnosis(findings, IsUsable: true);
        }
        catch (MemoryStoreException fault) when (fault.InnerException is RestException { Status: null })
        {
            findings.Add(Finding.Unreachable(place, fault, Setting));
        }
        catch (MemoryStoreException fault) when (fault.InnerException is RestException { Status: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden })
        {
            findings.Add(Finding.Ok("address", $"{place} answers"));
            findings.Add(Finding.Failed("sign-in", fault.Reason, TokenFix));
        }
        catch (MemoryStoreException fault)
        {
            findings.Add(Finding.Failed("address", $"{place}: {fault.Reason}", $"correct the address ({Setting}), or see what Upstash's console says of the database"));
        }

        return new Diagnosis(findings, IsUsable: false);
    }

    private Task<bool> ReadAsync(CancellationToken cancellationToken) => redis.CommandAsync("check the database", ["HGET", keys.Space, "key"], _ => true, cancellationToken);

    // Nothing has this name. A token that may not write is refused all the same; and a service that does not know how scripts name their locks says so.
    private async Task<Finding> CheckWriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await redis.EvalAsync("write", "return redis.call('DEL', KEYS[1])", [$"{keys.Prefix}:check:{Guid.NewGuid():N}"], [], _ => true, cancellationToken);
            return Finding.Ok("write", "a script that removes a key that is not there was allowed");
        }
        catch (MemoryStoreException fault)
        {
            return Finding.Failed("write", fault.Reason, fault.Reason.Contains("AllowKeyLocking", StringComparison.Ordinal) ? "set Memory:Upstash:AllowKeyLocking to False" : TokenFix);
        }
    }
}
