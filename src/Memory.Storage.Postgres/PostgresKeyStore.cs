using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>Keys that callers show, in PostgreSQL; every call is one round trip. The database is the caller's to close.</summary>
public sealed class PostgresKeyStore(PostgresDatabase database) : IKeyStore
{
    private const string Columns = "id, hash, name, access_grant, created_at, expires_at";

    private const string Add = $$"""insert into {access_keys} ({{Columns}}) values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing returning 1""";
    private const string ById = $$"""select {{Columns}} from {access_keys} where id = $1""";
    private const string Page = $$"""select {{Columns}} from {access_keys} where id > $1 order by id limit $2""";
    private const string Expire = "update {access_keys} set expires_at = least(expires_at, $2) where id = $1 returning 1"; // of nothing and a time it is the time

    /// <inheritdoc/>
    public async Task<bool> AddAsync(AccessKey key, CancellationToken cancellationToken = default) => (await database.ListAsync(
        "add a key", Add,
        () =>
        [
            Parameter.Text(key.Id), Parameter.Text(key.Hash), Parameter.Text(key.Name), Parameter.Text(key.Grant.ToJson()), Parameter.Time(key.CreatedAt), Parameter.Time(key.ExpiresAt),
        ],
        row => row.GetInt32(0), cancellationToken, isRepeatable: false)).Count == 1;

    /// <inheritdoc/>
    public Task<AccessKey?> FindAsync(string keyId, CancellationToken cancellationToken = default) =>
        database.FindAsync("find a key", ById, () => [Parameter.Text(keyId)], Read, cancellationToken);

    /// <inheritdoc/>
    public async Task<Page<AccessKey, string>> ListAsync(int limit, string? after, CancellationToken cancellationToken = default) => Listings.Page(
        await database.ListAsync("list keys", Page, () => [Parameter.Text(after ?? ""), Parameter.Bigint(limit + 1L)], Read, cancellationToken), limit, last => last.Id);

    /// <inheritdoc/>
    public async Task<bool> ExpireAsync(string keyId, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        (await database.ListAsync("expire a key", Expire, () => [Parameter.Text(keyId), Parameter.Time(at)], row => row.GetInt32(0), cancellationToken)).Count == 1;

    private static AccessKey Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetString(0),
        Hash = row.GetString(1),
        Name = Rows.Text(row, 2),
        Grant = AccessGrant.FromJson(row.GetString(3)),
        CreatedAt = Rows.Time(row, 4),
        ExpiresAt = Rows.Value<DateTimeOffset>(row, 5),
    };
}
