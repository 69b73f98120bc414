using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>The list of messages that await their vectors, within the writer's transaction.</summary>
internal static class PendingEmbeddings
{
    // Without an embedder nobody works the list off, and it is kept only where vectors are: the next embedder then finds what it missed.
    private const string Add =
        """
        insert into pending_embeddings (key, due_at, attempts)
        select key, ?3, 0 from messages
        where key between ?1 and ?2 and content is not null and (?4 or exists (select 1 from vector_spaces))
        """;

    private const string Remove = "delete from pending_embeddings where key between ?1 and ?2";

    private const string CountInResource =
        """
        select count(*) from threads t join pending_embeddings p on p.key between t.key << 28 and (t.key << 28) | 268435455
        where t.resource_key = ?1
        """;

    private const string CountBetween = "select count(*) from pending_embeddings where key between ?1 and ?2";

    /// <summary>Lists the messages from one key to another.</summary>
    /// <returns>How many were listed.</returns>
    public static int List(SqliteSession session, long firstKey, long lastKey, DateTimeOffset? dueAt, DateTimeOffset now) =>
        session.Execute(Add, firstKey, lastKey, (dueAt ?? now).ToUnixMicroseconds(), dueAt is not null);

    /// <summary>Takes the messages from one key to another off the list.</summary>
    public static void Unlist(SqliteSession session, long firstKey, long lastKey) => session.Execute(Remove, firstKey, lastKey);

    /// <summary>How many messages of a thread are listed.</summary>
    public static long CountOfThread(SqliteSession session, long thread) => session.Number(CountBetween, MessageKey.First(thread), MessageKey.Last(thread))!.Value; // as above

    /// <summary>How many messages of a resource are listed.</summary>
    public static long CountOfResource(SqliteSession session, long resource) => session.Number(CountInResource, resource)!.Value; // as above
}
