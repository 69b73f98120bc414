using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Working memory documents by their owner's key.</summary>
internal static class WorkingMemoryTable
{
    public const string ByOwner = "select is_json, text, version, updated_at from working_memory where is_thread = ?1 and owner_key = ?2";
    private const string ResourceById = "select key from resources where id = ?1";

    public const string PutIfVersion =
        """
        insert into working_memory (is_thread, owner_key, is_json, text, version, updated_at)
        select ?1, ?2, ?3, ?4, ?5, ?6
        where ?7 is null
           or ?7 = coalesce((select version from working_memory where is_thread = ?1 and owner_key = ?2), 0)
        on conflict (is_thread, owner_key) do update
        set is_json = excluded.is_json, text = excluded.text, version = excluded.version, updated_at = excluded.updated_at
        """;

    public const string DeleteIfVersion = "delete from working_memory where is_thread = ?1 and owner_key = ?2 and (?3 is null or version = ?3)";

    public static WorkingMemoryDocument? Find(SqliteSession session, WorkingMemoryOwner owner) =>
        Key(session, owner) is { } key
            ? session.First(
                ByOwner,
                row => new WorkingMemoryDocument(row.GetBoolean(0), row.GetString(1), row.GetInt64(2), Rows.Time(row, 3)),
                owner.IsThread, key)
            : null;

    public static bool Put(SqliteSession session, WorkingMemoryOwner owner, WorkingMemoryDocument document, long? version)
    {
        var key = owner.IsThread
            ? ThreadHead.Require(session, owner.Id).Key
            : ThreadHead.EnsureResource(session, owner.Id, document.UpdatedAt);
        return session.Execute(
            PutIfVersion, owner.IsThread, key, document.IsJson, document.Text, document.Version, document.UpdatedAt.ToUnixMicroseconds(), version) == 1;
    }

    public static bool Delete(SqliteSession session, WorkingMemoryOwner owner, long? version) =>
        Key(session, owner) is { } key && session.Execute(DeleteIfVersion, owner.IsThread, key, version) == 1;

    private static long? Key(SqliteSession session, WorkingMemoryOwner owner) =>
        owner.IsThread ? ThreadHead.Find(session, owner.Id)?.Key : session.Number(ResourceById, owner.Id);
}
