using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Access keys in a LibSQL database. The database is the caller's to close.</summary>
public sealed class LibSqlKeyStore(LibSqlDatabase database) : IKeyStore
{
    private const string Columns = "id, hash, name, grant_json, created_at, expires_at";
    private const string Add = $"insert into access_keys ({Columns}) values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (id) do nothing";
    private const string ById = $"select {Columns} from access_keys where id = ?1";
    private const string All = $"select {Columns} from access_keys where id > ?1 order by id limit ?2";
    private const string Expire = "update access_keys set expires_at = min(coalesce(expires_at, ?2), ?2) where id = ?1";

    /// <inheritdoc/>
    public Task<bool> AddAsync(AccessKey key, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Write("add a key", mayRepeat: false);
        batch.Add(Add, key.Id, key.Hash, key.Name, key.Grant.ToJson(), key.CreatedAt.ToUnixMicroseconds(), key.ExpiresAt?.ToUnixMicroseconds());
        return database.RunAsync(batch, result => result.Changed(0) == 1, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<AccessKey?> FindAsync(string keyId, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Read("find a key");
        batch.Add(ById, keyId);
        return database.RunAsync(batch, result => result.First(0, Key), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Page<AccessKey, string>> ListAsync(int limit, string? after, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Read("list keys");
        batch.Add(All, after ?? "", limit + 1);
        return database.RunAsync(batch, result => Listings.Page(result.All(0, Key), limit, last => last.Id), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> ExpireAsync(string keyId, DateTimeOffset at, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Write("let a key expire");
        batch.Add(Expire, keyId, at.ToUnixMicroseconds());
        return database.RunAsync(batch, result => result.Changed(0) == 1, cancellationToken);
    }

    private static AccessKey Key(IRow row) => new()
    {
        Id = row.GetString(0),
        Hash = row.GetString(1),
        Name = Rows.Text(row, 2),
        Grant = AccessGrant.FromJson(row.GetString(3)),
        CreatedAt = Rows.Time(row, 4),
        ExpiresAt = row.IsNull(5) ? null : Rows.Time(row, 5),
    };
}
