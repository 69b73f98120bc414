using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>Keys that callers show, in Redis: a hash for each, and a sorted set of their ids to list them by. Every call is one request.</summary>
/// <remarks>Fields of the hash: h hash, n name, g grant, c and e times of creation and expiry, x the mark of the call that added it. What is null is not there.</remarks>
public sealed class UpstashKeyStore(UpstashServices services) : IKeyStore
{
    private static readonly string Add = ScriptText.Read("keys_add");
    private static readonly string List = ScriptText.Read("keys_list");
    private static readonly string Expire = ScriptText.Read("keys_expire");
    private static readonly string[] Fields = ["h", "n", "g", "c", "e"];

    private readonly RedisClient redis = services.Redis;
    private readonly Keys keys = new(services.Options.Prefix);

    /// <inheritdoc/>
    public Task<bool> AddAsync(AccessKey key, CancellationToken cancellationToken = default) => redis.EvalAsync(
        "add a key", Add, [keys.AccessKey(key.Id), keys.AccessKeys],
        [
            key.Id, Guid.NewGuid().ToString("N"), "h", key.Hash, "g", key.Grant.ToJson(), "c", Time(key.CreatedAt),
            .. key.Name is { } name ? (string[])["n", name] : [], .. key.ExpiresAt is { } expires ? (string[])["e", Time(expires)] : [],
        ],
        IsOne, cancellationToken);

    /// <inheritdoc/>
    public Task<AccessKey?> FindAsync(string keyId, CancellationToken cancellationToken = default) =>
        redis.CommandAsync("find a key", ["HMGET", keys.AccessKey(keyId), .. Fields], fields => Rows.IsNothing(fields[0]) ? null : Read(keyId, fields), cancellationToken);

    /// <inheritdoc/>
    public Task<Page<AccessKey, string>> ListAsync(int limit, string? after, CancellationToken cancellationToken = default) => redis.EvalAsync(
        "list keys", List, [], [keys.Prefix, Packed.Number(limit), after ?? ""],
        answer =>
        {
            List<AccessKey> items = [.. answer.EnumerateArray().Take(limit).Select(row => Read(row[0].GetString()!, row[1]))]; // members are texts
            return new Page<AccessKey, string>(items, answer.GetArrayLength() > limit ? items[^1].Id : null);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ExpireAsync(string keyId, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        redis.EvalAsync("expire a key", Expire, [keys.AccessKey(keyId)], [Time(at)], IsOne, cancellationToken);

    private static bool IsOne(JsonElement answer) => answer.GetInt64() == 1;

    private static string Time(DateTimeOffset time) => Packed.Number(time.ToUnixMicroseconds());

    private static AccessKey Read(string id, JsonElement fields) => new()
    {
        Id = id,
        Hash = fields[0].GetString()!, // every key has it, as it has a grant
        Name = Rows.Text(fields[1]),
        Grant = AccessGrant.FromJson(fields[2].GetString()!), // as above
        CreatedAt = Rows.Time(fields[3]),
        ExpiresAt = Rows.IsNothing(fields[4]) ? null : Rows.Time(fields[4]),
    };
}
