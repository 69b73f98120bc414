using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>An append within the writer's transaction: positions, duplicates, conflicts and the expected position are decided here.</summary>
internal static class AppendTransaction
{
    private const string Add =
        """
        insert into messages (key, role, created_at, revision, fingerprint, terms, id, name, metadata, content)
        values (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?8, ?9)
        on conflict (key >> 28, id) do nothing
        """;

    private const string Existing =
        """
        select key, created_at, fingerprint = ?3, key in (select key from pending_embeddings) from messages where key >> 28 = ?1 and id = ?2
        """;

    private const string Advance =
        "update threads set last_position = ?2, message_count = message_count + ?3, updated_at = max(updated_at, ?4) where key = ?1";

    public static AppendResult Run(SqliteSession session, AppendBatch batch)
    {
        if (batch is { AcceptedAt: { } acceptedAt, ResourceId: { } resourceId } && session.Number(Erasure.NoteSince, Erasures.Mark(resourceId), acceptedAt.ToUnixMicroseconds()) is not null)
        {
            throw AppendBatch.Erased();
        }

        var thread = ThreadHead.Find(session, batch.ThreadId) ?? Create(session, batch);
        if (batch.ResourceId is not null && batch.ResourceId != thread.ResourceId)
        {
            throw RefusedException.NoThread(batch.ThreadId);
        }

        if (thread.LastPosition + batch.Messages.Count > MessageKey.LastPosition)
        {
            throw new MemoryStoreException(Faults.Store, "append messages", false, $"a thread holds at most {MessageKey.LastPosition} positions");
        }

        var position = thread.LastPosition;
        var pending = 0;
        List<string> conflicts = [];
        var placed = new AppendedMessage[batch.Messages.Count];
        for (var i = 0; i < placed.Length; i++)
        {
            var message = batch.Messages[i];
            placed[i] = TryAdd(session, thread.Key, position + 1, message)
                ? new AppendedMessage(message.Id, ++position, message.CreatedAt, Duplicate: false)
                : Find(session, thread.Key, message, conflicts, ref pending);
        }

        if (conflicts.Count > 0)
        {
            throw batch.Conflict(conflicts);
        }

        if (position > thread.LastPosition)
        {
            pending += Finish(session, batch, thread, placed, position);
        }

        return new AppendResult(batch.ThreadId, placed, pending);
    }

    private static ThreadHead Create(SqliteSession session, AppendBatch batch)
    {
        var thread = new ThreadRecord
        {
            Id = batch.ThreadId,
            ResourceId = batch.ResourceId ?? throw RefusedException.NoThreadToAppend(batch.ThreadId),
            CreatedAt = batch.Now,
            UpdatedAt = batch.Now,
            Version = batch.Now.ToUnixMicroseconds(),
        };
        return ThreadHead.Create(session, thread)!; // looked for and not found in this transaction
    }

    private static bool TryAdd(SqliteSession session, long thread, long position, NewMessage message) =>
        session.Execute(
            Add, MessageKey.Of(thread, position), message.Role.Name(), message.CreatedAt.ToUnixMicroseconds(), message.Fingerprint, message.Terms,
            message.Id, message.Name, message.Metadata?.Text, message.Content.Json.Text) == 1;

    private static AppendedMessage Find(SqliteSession session, long thread, NewMessage message, List<string> conflicts, ref int pending)
    {
        var existing = session.First(
            Existing,
            row => new { Position = MessageKey.Position(row.GetInt64(0)), CreatedAt = Timestamps.FromUnixMicroseconds(row.GetInt64(1)), IsSame = row.GetBoolean(2), IsPending = row.GetBoolean(3) },
            thread, message.Id, message.Fingerprint)!; // its id stood in the way
        if (!existing.IsSame)
        {
            conflicts.Add(message.Id);
        }

        pending += existing.IsPending ? 1 : 0;
        return new AppendedMessage(message.Id, existing.Position, existing.CreatedAt, Duplicate: true);
    }

    /// <returns>How many messages were listed for their embedding.</returns>
    private static int Finish(SqliteSession session, AppendBatch batch, ThreadHead thread, AppendedMessage[] placed, long position)
    {
        // Only now: an append that was all there already is a retry, and the thread may have moved on since.
        if (batch.ExpectedPosition is { } expected && expected != thread.LastPosition)
        {
            throw batch.MovedOn(thread.LastPosition);
        }

        session.Execute(Advance, thread.Key, position, position - thread.LastPosition, batch.Now.ToUnixMicroseconds());
        var (first, last) = (MessageKey.Of(thread.Key, thread.LastPosition + 1), MessageKey.Of(thread.Key, position));
        thread.Changed(session, first, last);
        var added = placed.Index().Where(item => !item.Item.Duplicate).Select(item => (MessageKey.Of(thread.Key, item.Item.Position), item.Index));
        return VectorRows.TryAdd(session, batch.Embedded, added, batch.Now) ? 0 : PendingEmbeddings.List(session, first, last, batch.EmbeddingDueAt, batch.Now);
    }
}
