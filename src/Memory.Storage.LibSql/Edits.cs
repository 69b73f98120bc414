using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Changes to messages and threads within the writer's transaction.</summary>
internal static class Edits
{
    private const string Replace =
        """
        update messages set role = ?4, name = ?5, metadata = ?6, content = ?7, terms = ?8, revision = revision + 1
        where key >> 28 = ?1 and id = ?2 and revision = ?3 and content is not null
        returning key
        """;

    private const string Remove =
        """
        update messages set name = null, metadata = null, content = null, terms = null
        where key >> 28 = ?1 and id = ?2 and content is not null
        returning key
        """;

    private const string Touch = "update threads set message_count = message_count + ?2, updated_at = max(updated_at, ?3) where key = ?1";

    private const string UpdateThread =
        """
        update threads set title = ?3, metadata = ?4, updated_at = max(updated_at, ?5), version = max(version + 1, ?5)
        where id = ?1 and version = ?2
        """;

    private const string DeleteMessages = "delete from messages where key between ?1 and ?2";
    private const string DeleteWorkingMemory = "delete from working_memory where is_thread = 1 and owner_key = ?1";
    private const string DeleteThread = "delete from threads where key = ?1 and (?2 is null or version = ?2)";

    private const string CopyMessages =
        $"""
        insert into messages (key, role, created_at, revision, fingerprint, terms, id, name, metadata, content)
        select (?1 << 28) | (key & 268435455), role, created_at, revision, fingerprint, terms, id, name, metadata, content
        from messages where key between ?2 and ?3 and content is not null
        """;

    private const string CopyWorkingMemory =
        """
        insert into working_memory (is_thread, owner_key, is_json, version, updated_at, text)
        select 1, ?1, is_json, version, updated_at, text from working_memory where is_thread = 1 and owner_key = ?2
        """;

    private const string FinishCopy = "update threads set last_position = ?2, message_count = ?3 where key = ?1";

    private const string ThreadById =
        $"select {Rows.ThreadColumns} from threads t join resources r on r.key = t.resource_key where t.id = ?1";

    public static bool ReplaceMessage(SqliteSession session, MessageEdit edit)
    {
        var message = edit.Message;
        if (ThreadHead.Find(session, message.ThreadId) is not { } thread
            || session.Number(
                Replace, thread.Key, message.Id, edit.Revision, message.Role.Name(), message.Name, message.Metadata?.Text, message.Content.Json.Text, edit.Terms) is not { } key)
        {
            return false;
        }

        if (!edit.IsSameText)
        {
            DeleteEmbeddings(session, key, key);
            if (!VectorRows.TryAdd(session, edit.Embedded, [(key, 0)], edit.Now))
            {
                PendingEmbeddings.List(session, key, key, edit.EmbeddingDueAt, edit.Now);
            }
        }

        session.Execute(Touch, thread.Key, 0, edit.Now.ToUnixMicroseconds());
        thread.Changed(session, key, key);
        return true;
    }

    public static bool DeleteMessage(SqliteSession session, string threadId, string messageId, DateTimeOffset now)
    {
        if (ThreadHead.Find(session, threadId) is not { } thread || session.Number(Remove, thread.Key, messageId) is not { } key)
        {
            return false;
        }

        session.Execute(Touch, thread.Key, -1, now.ToUnixMicroseconds());
        DeleteEmbeddings(session, key, key);
        thread.Changed(session, key, key);
        return true;
    }

    public static ThreadRecord? FindThread(SqliteSession session, string threadId) => session.First(ThreadById, Rows.Thread, threadId);

    public static ThreadRecord? Update(SqliteSession session, ThreadRecord thread) =>
        session.Execute(UpdateThread, thread.Id, thread.Version, thread.Title, thread.Metadata?.Text, thread.UpdatedAt.ToUnixMicroseconds()) == 1
            ? FindThread(session, thread.Id)
            : null;

    public static bool Delete(SqliteSession session, string threadId, long? version)
    {
        if (ThreadHead.Find(session, threadId) is not { } thread || session.Execute(DeleteThread, thread.Key, version) == 0)
        {
            return false;
        }

        session.Execute(DeleteMessages, MessageKey.First(thread.Key), MessageKey.Last(thread.Key));
        DeleteEmbeddings(session, MessageKey.First(thread.Key), MessageKey.Last(thread.Key));
        session.Execute(DeleteWorkingMemory, thread.Key);
        thread.Changed(session, MessageKey.First(thread.Key), MessageKey.Last(thread.Key));
        return true;
    }

    /// <summary>Removes what messages have beside their row, or await.</summary>
    public static void DeleteEmbeddings(SqliteSession session, long firstKey, long lastKey)
    {
        VectorRows.Delete(session, firstKey, lastKey);
        PendingEmbeddings.Unlist(session, firstKey, lastKey);
    }

    public static ThreadRecord? Clone(SqliteSession session, ThreadClone clone)
    {
        if (FindThread(session, clone.SourceId) is not { } source)
        {
            return null;
        }

        var sourceKey = ThreadHead.Require(session, clone.SourceId).Key;
        var copy = source with
        {
            Id = clone.Id,
            ResourceId = clone.ResourceId ?? source.ResourceId,
            CreatedAt = clone.Now,
            Version = clone.Now.ToUnixMicroseconds(),
        };
        var target = ThreadHead.Create(session, copy) ?? throw EditThreads.Taken(clone.Id);
        var last = Math.Min(clone.UpTo ?? source.LastPosition, source.LastPosition);
        var count = session.Execute(CopyMessages, target.Key, MessageKey.First(sourceKey), MessageKey.Of(sourceKey, last));
        VectorRows.CopyTo(session, target.Key, MessageKey.First(sourceKey), MessageKey.Of(sourceKey, last));
        PendingEmbeddings.ListCopies(session, target.Key, sourceKey, last, clone.Now);
        session.Execute(CopyWorkingMemory, target.Key, sourceKey);
        session.Execute(FinishCopy, target.Key, last, count);
        target.Changed(session, MessageKey.First(target.Key), MessageKey.Of(target.Key, last));
        return FindThread(session, clone.Id);
    }
}
