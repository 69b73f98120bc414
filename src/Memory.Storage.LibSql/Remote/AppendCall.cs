using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>An append in one request: positions, duplicates, conflicts and the expected position are decided by the statements.</summary>
internal static class AppendCall
{
    private const string Operation = "append messages";

    private const string AddResource =
        "insert into resources (id, created_at) select ?2, ?3 where not exists (select 1 from threads where id = ?1) on conflict (id) do nothing";

    private const string AddThread =
        """
        insert into threads (resource_key, id, created_at, updated_at, last_position, message_count, version)
        select key, ?1, ?3, ?3, 0, 0, ?3 from resources where id = ?2
        on conflict (id) do nothing
        """;

    private const string Head = "select t.key, r.id, t.last_position from threads t join resources r on r.key = t.resource_key where t.id = ?1";

    private const string HasRoom =
        """
        exists (
            select 1 from threads t join resources r on r.key = t.resource_key
            where t.id = ?1 and (?2 is null or r.id = ?2) and t.last_position + ?3 <= 268435455)
        """;

    private const string Add =
        """
        insert into messages (key, role, created_at, revision, fingerprint, terms, id, name, metadata, content)
        select max(t.key << 28 | t.last_position, coalesce((select max(key) from messages where key between t.key << 28 and t.key << 28 | 268435455), 0)) + 1, ?3, ?4, 1, ?5, ?6, ?2, ?7, ?8, ?9
        from threads t where t.id = ?1
        on conflict (key >> 28, id) do nothing
        """;

    // Of each message where it is now, whether what is there is what was sent, and whether it awaits its vectors.
    private const string Placed =
        $"""
        select j.key, m.key, m.created_at, m.fingerprint = unhex(j.value ->> 1), exists (select 1 from pending_embeddings p where p.key = m.key)
        from {Sent} order by j.key
        """;

    private const string NoConflict = $"not exists (select 1 from {Sent} where m.fingerprint <> unhex(j.value ->> 1))";

    private const string Sent = "json_each(?2) j cross join messages m on m.key >> 28 = (select +key from threads where id = ?1) and m.id = j.value ->> 0";

    // Until the thread itself is told (Advance), these are its messages behind its last position.
    private const string Added = "threads t join messages m on m.key > t.key << 28 | t.last_position and m.key <= t.key << 28 | 268435455";

    // One of them, found by its id; the plus keeps the range of keys from being walked for it.
    private const string AddedOne = "threads t join messages m on m.key >> 28 = +t.key and m.id = ?2 and +m.key > t.key << 28 | t.last_position";

    // An append that was all there already is a retry, and the thread may have moved on since.
    private const string IsExpected = $"not exists (select 1 from {Added} where t.id = ?1 and t.last_position <> ?2)";

    private const string AddSpace =
        $"""
        insert into vector_spaces (model, dimensions, created_at, fill_from, fill_to)
        select ?2, ?3, ?4, 0, (select max(key) from messages)
        where not exists (select 1 from vector_spaces) and exists (select 1 from {Added} where t.id = ?1)
        """;

    private const string AddVectors =
        $"""
        insert into vectors (key, space_key, vectors)
        select m.key, s.key, ?5 from {AddedOne} join vector_spaces s on s.key = (select max(key) from vector_spaces) and s.model = ?3 and s.dimensions = ?4
        where t.id = ?1
        """;

    private const string ListPending =
        $"""
        insert into pending_embeddings (key, due_at, attempts)
        select m.key, ?2, 0 from {Added}
        where t.id = ?1 and (?3 or exists (select 1 from vector_spaces)) and not exists (select 1 from vectors v where v.key = m.key)
        """;

    private const string AddWords =
        $"""
        insert into words (resource_key, term, key, count, length)
        select t.resource_key, j.value ->> 0, m.key, j.value ->> 1, ?3 from {AddedOne} cross join json_each(?4) j
        where t.id = ?1
        """;

    private const string Advance =
        $"""
        update threads set last_position = n.last_position, message_count = message_count + n.last_position - threads.last_position, updated_at = max(updated_at, ?2)
        from (select max(m.key) & 268435455 as last_position from {Added} where t.id = ?1) n
        where id = ?1 and n.last_position is not null
        """;

    public static Task<AppendResult> RunAsync(RemoteDatabase database, AppendBatch append, CancellationToken cancellationToken)
    {
        var (distinct, places) = append.DistinctMessages();
        var batch = Batch.Write(Operation);
        var (id, now) = (append.ThreadId, append.Now.ToUnixMicroseconds());
        int? isRemembered = append is { AcceptedAt: { } acceptedAt, ResourceId: { } resourceId }
            ? batch.Require($"not exists ({Erasure.NoteSince})", Erasures.Mark(resourceId), acceptedAt.ToUnixMicroseconds()) : null;
        if (append.ResourceId is not null)
        {
            batch.Add(AddResource, id, append.ResourceId, now);
            batch.Add(AddThread, id, append.ResourceId, now);
        }

        var head = batch.Add(Head, id);
        var hasRoom = batch.Require(HasRoom, id, append.ResourceId, distinct.Count);
        foreach (var index in distinct)
        {
            var message = append.Messages[index];
            batch.Add(
                Add, id, message.Id, message.Role.Name(), message.CreatedAt.ToUnixMicroseconds(), message.Fingerprint, message.Terms,
                message.Name, message.Metadata?.Text, message.Content.Json.Text);
        }

        var sent = JsonSerializer.Serialize(
            distinct.Select(index => append.Messages[index]).Select(message => (string[])[message.Id, Convert.ToHexString(message.Fingerprint)]).ToArray(), LibSqlJson.Default.StringArrayArray);
        var placed = batch.Add(Placed, id, sent);
        var noConflict = batch.Require(NoConflict, id, sent);
        int? isExpected = append.ExpectedPosition is { } expected ? batch.Require(IsExpected, id, expected) : null;
        var listed = AddRest(batch, append, distinct);
        batch.Add(Advance, id, now);
        return database.RunAsync(
            batch,
            result =>
            {
                if (result.Stopped is not null && result.Stopped == isRemembered)
                {
                    throw AppendBatch.Erased();
                }

                var thread = result.First(head, row => new { Key = row.GetInt64(0), ResourceId = row.GetString(1), LastPosition = row.GetInt64(2) });
                if (result.Stopped == hasRoom)
                {
                    throw thread is null ? append.ResourceId is null ? RefusedException.NoThreadToAppend(id) : RefusedException.NoThread(id)
                        : append.ResourceId is not null && append.ResourceId != thread.ResourceId ? RefusedException.NoThread(id)
                        : new MemoryStoreException(Faults.Store, Operation, false, $"a thread holds at most {MessageKey.LastPosition} positions");
                }

                var found = result.All(placed, row => new { Key = row.GetInt64(1), CreatedAt = Rows.Time(row, 2), IsSame = row.GetBoolean(3), IsPending = row.GetBoolean(4) });
                if (result.Stopped == noConflict)
                {
                    throw append.Conflict(found.Zip(distinct).Where(pair => !pair.First.IsSame).Select(pair => append.Messages[pair.Second].Id));
                }

                if (result.Stopped is not null && result.Stopped == isExpected)
                {
                    throw append.MovedOn(thread!.LastPosition); // there, as the condition before says
                }

                var last = MessageKey.Of(thread!.Key, thread.LastPosition); // as above
                var messages = append.Messages.Select((message, index) => (Message: message, Place: found[places[index]], IsFirst: distinct[places[index]] == index))
                    .Select(item => new AppendedMessage(
                        item.Message.Id, MessageKey.Position(item.Place.Key), item.Place.CreatedAt, Duplicate: item.Place.Key <= last || !item.IsFirst)).ToArray();
                return new AppendResult(id, messages, result.Changed(listed) + places.Count(place => found[place].IsPending));
            },
            cancellationToken);
    }

    /// <summary>Adds what a message has beside its row.</summary>
    /// <returns>The statement that lists those that await their vectors.</returns>
    private static int AddRest(Batch batch, AppendBatch append, List<int> distinct)
    {
        var (id, now) = (append.ThreadId, append.Now.ToUnixMicroseconds());
        if (append.Embedded is { } embedded)
        {
            batch.Add(AddSpace, id, embedded.Space.Model, embedded.Space.Dimensions, now);
            foreach (var index in distinct)
            {
                batch.Add(AddVectors, id, append.Messages[index].Id, embedded.Space.Model, embedded.Space.Dimensions, VectorRows.Blob(embedded.Vectors[index]));
            }
        }

        var listed = batch.Add(ListPending, id, append.EmbeddingDueAt?.ToUnixMicroseconds() ?? now, append.EmbeddingDueAt is not null);
        foreach (var index in distinct)
        {
            var words = Words.Of(append.Messages[index].Terms);
            batch.Add(AddWords, id, append.Messages[index].Id, words.Length, words.Json);
        }

        return listed;
    }
}
