using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Storing the vectors of messages within the writer's transaction.</summary>
internal static class PutVectorsTransaction
{
    public static int Run(SqliteSession session, EmbeddingSpace space, IReadOnlyList<MessageVectors> messages, DateTimeOffset now)
    {
        var current = VectorSpaces.Current(session) ?? VectorSpaces.Begin(session, space, now);
        if (current.Space != space)
        {
            throw RefusedException.OtherSpace(current.Space, space);
        }

        var stored = 0;
        foreach (var thread in messages.GroupBy(message => message.Message.ThreadId, StringComparer.Ordinal))
        {
            if (ThreadHead.Find(session, thread.Key) is not { } head)
            {
                continue;
            }

            List<long> keys = [];
            foreach (var message in thread)
            {
                var key = MessageKey.Of(head.Key, message.Message.Position);
                if (VectorRows.TryPut(session, current, key, message))
                {
                    PendingEmbeddings.Unlist(session, key, key);
                    keys.Add(key);
                }
            }

            NoteChanges(session, head, keys);
            stored += keys.Count;
        }

        return stored;
    }

    // One line of the journal for each run of neighbours.
    private static void NoteChanges(SqliteSession session, ThreadHead thread, List<long> keys)
    {
        keys.Sort();
        for (int first = 0, next = 1; next <= keys.Count; next++)
        {
            if (next == keys.Count || keys[next] != keys[next - 1] + 1)
            {
                thread.Changed(session, keys[first], keys[next - 1]);
                first = next;
            }
        }
    }
}
