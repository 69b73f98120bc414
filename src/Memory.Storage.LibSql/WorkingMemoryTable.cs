using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Working memory documents, by their owner's id.</summary>
internal static class WorkingMemoryTable
{
    private const string Owner = "(select case when ?1 then (select key from threads where id = ?2) else (select key from resources where id = ?2) end)";

    private const string ByOwner = $"select is_json, text, version, updated_at from working_memory where is_thread = ?1 and owner_key = {Owner}";

    private const string AddResource = "insert into resources (id, created_at) values (?1, ?2) on conflict (id) do nothing";

    private const string PutIfVersion =
        $"""
        insert into working_memory (is_thread, owner_key, is_json, text, version, updated_at)
        select ?1, {Owner}, ?3, ?4, ?5, ?6
        where ?7 is null
           or ?7 = coalesce((select version from working_memory where is_thread = ?1 and owner_key = {Owner}), 0)
        on conflict (is_thread, owner_key) do update
        set is_json = excluded.is_json, text = excluded.text, version = excluded.version, updated_at = excluded.updated_at
        """;

    private const string DeleteIfVersion = $"delete from working_memory where is_thread = ?1 and owner_key = {Owner} and (?3 is null or version = ?3)";

    public static Task<WorkingMemoryDocument?> FindAsync(LibSqlDatabase database, WorkingMemoryOwner owner, CancellationToken cancellationToken)
    {
        var batch = Batch.Read("read working memory");
        RequireOwner(batch, owner);
        var read = batch.Add(ByOwner, owner.IsThread, owner.Id);
        return database.RunAsync(
            batch, result => result.Stopped is not null ? null : result.First(read, row => new WorkingMemoryDocument(row.GetBoolean(0), row.GetString(1), row.GetInt64(2), Rows.Time(row, 3))), cancellationToken);
    }

    public static Task<bool> PutAsync(LibSqlDatabase database, WorkingMemoryOwner owner, WorkingMemoryDocument document, long? version, CancellationToken cancellationToken)
    {
        var batch = Batch.Write("write working memory", mayRepeat: false);
        var updatedAt = document.UpdatedAt.ToUnixMicroseconds();
        _ = owner.IsThread ? batch.Require(Rows.HasThread, owner.Id, owner.ResourceId) : batch.Add(AddResource, owner.Id, updatedAt);
        var put = batch.Add(PutIfVersion, owner.IsThread, owner.Id, document.IsJson, document.Text, document.Version, updatedAt, version);
        return database.RunAsync(batch, result => result.Stopped is null ? result.Changed(put) == 1 : throw RefusedException.NoThread(owner.Id), cancellationToken);
    }

    public static Task<bool> DeleteAsync(LibSqlDatabase database, WorkingMemoryOwner owner, long? version, CancellationToken cancellationToken)
    {
        var batch = Batch.Write("delete working memory", mayRepeat: false);
        RequireOwner(batch, owner);
        var delete = batch.Add(DeleteIfVersion, owner.IsThread, owner.Id, version);
        return database.RunAsync(batch, result => result.Stopped is null && result.Changed(delete) == 1, cancellationToken);
    }

    private static void RequireOwner(Batch batch, WorkingMemoryOwner owner)
    {
        if (owner is { IsThread: true, ResourceId: not null })
        {
            batch.Require(Rows.HasThread, owner.Id, owner.ResourceId);
        }
    }
}
