using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Vectors in a LibSQL file, beside the messages. The database is the caller's to close.</summary>
public sealed class LibSqlEmbeddingStore(LibSqlDatabase database) : IEmbeddingStore
{
    /// <inheritdoc/>
    public Task<EmbeddingSpace?> FindSpaceAsync(CancellationToken cancellationToken = default) =>
        database.ReadAsync("find the vector space", session => VectorSpaces.Current(session)?.Space, cancellationToken);

    /// <inheritdoc/>
    public Task<int> PutAsync(EmbeddingSpace space, IReadOnlyList<MessageVectors> messages, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        database.WriteAsync("store vectors", session => Put(session, space, messages, now), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PendingMessage>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        const string operation = "claim messages to embed";
        return await database.ReadAsync(operation, session => PendingEmbeddings.HasDue(session, now), cancellationToken)
            ? await database.WriteAsync(operation, session => PendingEmbeddings.Claim(session, limit, now, now + lease), cancellationToken)
            : [];
    }

    /// <inheritdoc/>
    public Task PostponeAsync(IReadOnlyList<PendingMessage> messages, DateTimeOffset dueAt, CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            "postpone messages to embed",
            session =>
            {
                foreach (var message in messages)
                {
                    PendingEmbeddings.Postpone(session, message, dueAt);
                }

                return messages.Count;
            },
            cancellationToken);

    /// <inheritdoc/>
    public async Task<long> MoveAsync(EmbeddingSpace space, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        const string operation = "move to another embedder";
        await database.WriteAsync(
            operation,
            session =>
            {
                if (VectorSpaces.Current(session)?.Space != space)
                {
                    VectorSpaces.Begin(session, space, now);
                    PendingEmbeddings.MakeDue(session, now); // what waited for the embedder before need not wait for this one
                }

                return true;
            },
            cancellationToken);
        while (await database.WriteAsync(operation, session => VectorSpaces.Fill(session, now), cancellationToken))
        {
        }

        return await database.ReadAsync(operation, session => PendingEmbeddings.Count(session), cancellationToken);
    }

    private static int Put(SqliteSession session, EmbeddingSpace space, IReadOnlyList<MessageVectors> messages, DateTimeOffset now)
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
