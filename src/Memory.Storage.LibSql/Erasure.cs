using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Removes a resource in steps short enough for other writers to come in between.</summary>
internal static class Erasure
{
    private const int MessagesPerStep = 2_000;

    private const string AnyThread = "select id from threads where resource_key = (select key from resources where id = ?1) limit 1";

    private const string SomeMessages =
        "delete from messages where key in (select key from messages where key between ?1 and ?2 order by key limit ?3) returning content is not null, key";

    private const string ThreadWorkingMemory = "select count(*) from working_memory where is_thread = 1 and owner_key = ?1";
    private const string ResourceWorkingMemory = "delete from working_memory where is_thread = 0 and owner_key = (select key from resources where id = ?1)";
    private const string Operations = "delete from operations where resource_id = ?1";
    private const string Resource = "delete from resources where id = ?1";

    private const string Leftovers =
        """
        select (select count(*) from resources where id = ?1)
             + (select count(*) from threads t join resources r on r.key = t.resource_key where r.id = ?1)
             + (select count(*) from operations where resource_id = ?1)
        """;

    /// <summary>Removes a step's worth.</summary>
    /// <returns>What was removed; null when nothing was left to remove but the resource itself, which then went too.</returns>
    public static ErasedCounts? Step(SqliteSession session, string resourceId)
    {
        var threadId = session.First(AnyThread, row => row.GetString(0), resourceId);
        if (threadId is null)
        {
            return null;
        }

        var thread = ThreadHead.Require(session, threadId);
        var first = MessageKey.First(thread.Key);
        var removed = session.All(SomeMessages, row => (WasThere: row.GetBoolean(0), Key: row.GetInt64(1)), first, MessageKey.Last(thread.Key), MessagesPerStep);
        var messages = removed.Count(message => message.WasThere);
        if (removed.Count == MessagesPerStep)
        {
            Edits.DeleteEmbeddings(session, first, removed.Max(message => message.Key));
            thread.Changed(session, first, MessageKey.Last(thread.Key));
            return new ErasedCounts(0, messages, 0, 0, 0);
        }

        var documents = session.Number(ThreadWorkingMemory, thread.Key)!.Value; // a count always has a row
        Edits.Delete(session, threadId, null);
        return new ErasedCounts(1, messages, documents, 0, 0);
    }

    /// <summary>Removes what hangs on the resource itself, and looks for leftovers.</summary>
    public static ErasedCounts Finish(SqliteSession session, string resourceId)
    {
        if (session.First(AnyThread, row => row.GetString(0), resourceId) is not null)
        {
            return new ErasedCounts(0, 0, 0, 0, Leftovers: 1); // appended to meanwhile
        }

        var documents = session.Execute(ResourceWorkingMemory, resourceId);
        var operations = session.Execute(Operations, resourceId);
        session.Execute(Resource, resourceId);
        return new ErasedCounts(0, 0, documents, operations, session.Number(Leftovers, resourceId)!.Value); // an aggregate always has a row
    }
}
