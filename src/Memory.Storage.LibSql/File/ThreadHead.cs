using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>A thread as the statements on its messages need it.</summary>
/// <param name="Key">The thread's key.</param>
/// <param name="ResourceKey">Its resource's key.</param>
/// <param name="ResourceId">Its resource's id.</param>
/// <param name="LastPosition">The position of the last message appended.</param>
internal sealed record ThreadHead(long Key, long ResourceKey, string ResourceId, long LastPosition)
{
    private const string ById =
        "select t.key, t.resource_key, r.id, t.last_position from threads t join resources r on r.key = t.resource_key where t.id = ?1";

    private const string AddResource = "insert into resources (id, created_at) values (?1, ?2) on conflict (id) do nothing";
    private const string ResourceById = "select key from resources where id = ?1";

    private const string AddThread =
        """
        insert into threads (resource_key, id, created_at, updated_at, last_position, message_count, version, title, metadata)
        values (?1, ?2, ?3, ?3, 0, 0, ?4, ?5, ?6)
        on conflict (id) do nothing
        returning key
        """;

    private const string NoteChange =
        "insert into changes (resource_key, first_key, last_key) values (?1, ?2, ?3) returning sequence";

    private const string ForgetChanges = "delete from changes where sequence <= ?1";

    /// <summary>How many changes are remembered at least; an index further behind is built anew.</summary>
    private const long RememberedChanges = 16_384;

    public static ThreadHead? Find(SqliteSession session, string threadId) =>
        session.First(ById, row => new ThreadHead(row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.GetInt64(3)), threadId);

    /// <summary>Makes a thread and, if need be, its resource.</summary>
    /// <returns>Null when the id is taken.</returns>
    public static ThreadHead? Create(SqliteSession session, ThreadRecord thread)
    {
        var resourceKey = EnsureResource(session, thread.ResourceId, thread.CreatedAt);
        var key = session.Number(AddThread, resourceKey, thread.Id, thread.CreatedAt.ToUnixMicroseconds(), thread.Version, thread.Title, thread.Metadata?.Text);
        return key is { } made ? new ThreadHead(made, resourceKey, thread.ResourceId, 0) : null;
    }

    public static long EnsureResource(SqliteSession session, string resourceId, DateTimeOffset now)
    {
        if (session.Number(ResourceById, resourceId) is { } known)
        {
            return known;
        }

        session.Execute(AddResource, resourceId, now.ToUnixMicroseconds());
        return session.Number(ResourceById, resourceId)!.Value; // just added
    }

    /// <summary>Tells search indexes to read a range of the thread again.</summary>
    public void Changed(SqliteSession session, long firstKey, long lastKey)
    {
        var sequence = session.Number(NoteChange, ResourceKey, firstKey, lastKey)!.Value; // an insert returns its row
        if (sequence % 1_024 == 0)
        {
            session.Execute(ForgetChanges, sequence - RememberedChanges);
        }
    }
}
