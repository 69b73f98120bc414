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

    private const string AddCopies =
        """
        insert into pending_embeddings (key, due_at, attempts)
        select m.key, ?3, 0 from messages m
        where m.key between ?1 << 28 and (?1 << 28) | ?4
          and not exists (select 1 from vectors v where v.key = m.key and v.space_key = (select max(key) from vector_spaces))
          and (exists (select 1 from vector_spaces)
            or exists (select 1 from pending_embeddings p where p.key = (?2 << 28) | (m.key & 268435455)))
        """;

    private const string AnyDue =
        """
        select 1 where exists (select 1 from pending_embeddings where due_at <= ?1)
                    or exists (select 1 from vector_spaces where key = (select max(key) from vector_spaces) and fill_from < fill_to)
        """;

    private const string Take =
        """
        update pending_embeddings set due_at = ?3, attempts = attempts + 1
        where key in (select key from pending_embeddings where due_at <= ?2 order by key limit ?1)
        returning key, attempts
        """;

    private const string MessageByKey =
        """
        select t.id, m.id, m.role, m.created_at, m.revision, m.fingerprint, m.name, m.content
        from messages m join threads t on t.key = m.key >> 28 where m.key = ?1
        """;

    private const string Delay = "update pending_embeddings set due_at = ?2 where key = ?1 and attempts = ?3";
    private const string MakeAllDue = "update pending_embeddings set due_at = ?1, attempts = 0 where due_at > ?1";
    private const string CountAll = "select count(*) from pending_embeddings";
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

    /// <summary>Lists those messages of a copied thread whose originals have no current vectors.</summary>
    public static void ListCopies(SqliteSession session, long thread, long sourceThread, long lastPosition, DateTimeOffset now) =>
        session.Execute(AddCopies, thread, sourceThread, now.ToUnixMicroseconds(), lastPosition);

    /// <summary>Whether there is something to claim.</summary>
    public static bool HasDue(SqliteSession session, DateTimeOffset now) => session.Number(AnyDue, now.ToUnixMicroseconds()) is not null;

    /// <summary>Claims messages.</summary>
    public static IReadOnlyList<PendingMessage> Claim(SqliteSession session, int limit, DateTimeOffset now, DateTimeOffset until)
    {
        VectorSpaces.Fill(session, now);
        var taken = session.All(Take, row => (Key: row.GetInt64(0), Attempts: row.GetInt32(1)), limit, now.ToUnixMicroseconds(), until.ToUnixMicroseconds());
        return [.. taken.OrderBy(item => item.Key).Select(item => session.First(
            MessageByKey,
            row => new PendingMessage(
                new MessageVersion(
                    row.GetString(0), MessageKey.Position(item.Key), row.GetString(1), Rows.Role(row.GetString(2)), Rows.Time(row, 3), row.GetInt64(4), row.GetBytes(5).ToArray()),
                Rows.Text(row, 6), MessageContent.FromStore(row.GetString(7)).Text, item.Attempts),
            item.Key)!)]; // what is listed is there: the same transactions remove both
    }

    /// <summary>Leaves a claimed message for later, unless an edit listed it anew.</summary>
    public static void Postpone(SqliteSession session, PendingMessage message, DateTimeOffset dueAt)
    {
        if (ThreadHead.Find(session, message.Message.ThreadId) is { } thread)
        {
            session.Execute(Delay, MessageKey.Of(thread.Key, message.Message.Position), dueAt.ToUnixMicroseconds(), message.Attempts);
        }
    }

    /// <summary>Has everything that is listed claimed next.</summary>
    public static void MakeDue(SqliteSession session, DateTimeOffset now) => session.Execute(MakeAllDue, now.ToUnixMicroseconds());

    /// <summary>How many messages are listed in all.</summary>
    public static long Count(SqliteSession session) => session.Number(CountAll)!.Value; // an aggregate always has a row

    /// <summary>How many messages of a thread are listed.</summary>
    public static long CountOfThread(SqliteSession session, long thread) => session.Number(CountBetween, MessageKey.First(thread), MessageKey.Last(thread))!.Value; // as above

    /// <summary>How many messages of a resource are listed.</summary>
    public static long CountOfResource(SqliteSession session, long resource) => session.Number(CountInResource, resource)!.Value; // as above
}
