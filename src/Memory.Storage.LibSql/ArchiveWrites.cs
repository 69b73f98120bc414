using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Writes of whole threads, a piece at a time. What is new of a piece is found out before its messages are added, since afterwards they cannot be told from others.</summary>
internal static class ArchiveWrites
{
    private const string Operation = "write a piece of a thread";

    private const string PutResource = "insert into resources (id, created_at) values (?1, ?2) on conflict (id) do nothing";

    private const string IsOwn = "exists (select 1 from threads t join resources r on r.key = t.resource_key where t.id = ?1 and r.id = ?2)";

    // The messages of the piece, and the key of each.
    private const string Sent = "threads t cross join json_each(?2) j";
    private const string Key = "(t.key << 28 | j.value ->> 'Position')";
    private const string IsNew = $"not exists (select 1 from messages m where m.key = {Key})";

    // What has the place of each and what its id; the plus keeps the index of ids in use. Of a deleted message there are no terms.
    private const string InTheWay =
        $"""
        {Sent} left join messages p on p.key = {Key} left join messages i on i.key >> 28 = +t.key and i.id = j.value ->> 'Id'
        where t.id = ?1 and (p.key is not null or i.key is not null)
          and not (p.key is i.key and p.terms is not null and p.fingerprint = unhex(j.value ->> 'Fingerprint'))
        """;

    private const string Conflicts = $"select j.value ->> 'Position' from {InTheWay}";
    private const string NoConflict = $"not exists (select 1 from {InTheWay})";

    private const string AddSpace =
        $"""
        insert into vector_spaces (model, dimensions, created_at, fill_from, fill_to)
        select ?3, ?4, ?5, 0, (select coalesce(max(key), 0) from messages)
        where not exists (select 1 from vector_spaces) and exists (select 1 from {Sent} where t.id = ?1 and j.value ->> 'HasVectors' and {IsNew})
        """;

    private const string IsSpace = $"exists (select 1 from vector_spaces where key = {VectorRows.Newest} and model = ?5 and dimensions = ?6)";

    private const string ListPending =
        $"""
        insert into pending_embeddings (key, due_at, attempts)
        select {Key}, ?3, 0 from {Sent}
        where t.id = ?1 and (?4 or exists (select 1 from vector_spaces)) and not (j.value ->> 'HasVectors' and {IsSpace}) and {IsNew}
        """;

    private const string Changed = $"select resource_key, key << 28 | ?3, key << 28 | ?4 from threads where id = ?1 and exists (select 1 from {Sent} where t.id = ?1 and {IsNew})";

    private const string Advance =
        $"""
        update threads as t set last_position = max(last_position, ?3), updated_at = max(updated_at, ?4),
            message_count = message_count + (select count(*) from json_each(?2) j where {IsNew}),
            title = iif(?5 > version, ?6, title), metadata = iif(?5 > version, ?7, metadata), ttl_seconds = iif(?5 > version, ?8, ttl_seconds), version = max(version, ?5)
        where id = ?1
        """;

    private const string Add =
        """
        insert into messages (key, role, created_at, revision, fingerprint, terms, id, name, metadata, content)
        select key << 28 | ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 from threads where id = ?1
        on conflict (key) do nothing
        """;

    // Each of these two if the statement before it has added something: the message, or its words, of which there is at least one.
    private const string AddWords =
        $"""
        insert into words (resource_key, term, key, count, length)
        select t.resource_key, j.value ->> 0, t.key << 28 | ?2, j.value ->> 1, ?3 from threads t cross join json_each(?4) j where t.id = ?1 and {Batch.HasChanged}
        """;

    private const string AddVectors =
        $"""
        insert into vectors (key, space_key, vectors)
        select t.key << 28 | ?2, s.key, ?3 from threads t join vector_spaces s on s.key = {VectorRows.Newest} and s.model = ?4 and s.dimensions = ?5
        where t.id = ?1 and {Batch.HasChanged}
        """;

    public static Task PutResourceAsync(LibSqlDatabase database, ResourceRecord resource, CancellationToken cancellationToken)
    {
        var batch = Batch.Write("make a resource");
        batch.Add(PutResource, resource.Id, resource.CreatedAt.ToUnixMicroseconds());
        return database.RunAsync(batch, result => result.Changed(0), cancellationToken);
    }

    public static Task<ArchiveOutcome> WriteAsync(LibSqlDatabase database, ArchivePiece piece, CancellationToken cancellationToken)
    {
        var (thread, now, sent) = (piece.Thread, piece.Now.ToUnixMicroseconds(), ToJson(piece));
        var lastPosition = Math.Max(piece.Messages is [.., var last] ? last.Message.Position : 0, piece.IsLast ? thread.LastPosition : 0);
        if (lastPosition > MessageKey.LastPosition)
        {
            throw new MemoryStoreException(Faults.Store, Operation, false, $"a thread holds at most {MessageKey.LastPosition} positions");
        }

        var batch = Batch.Write(Operation);
        batch.Add(Edits.AddResource, thread.Id, thread.ResourceId, now);
        batch.Add(Edits.AddThread, thread.Id, thread.ResourceId, thread.CreatedAt.ToUnixMicroseconds(), thread.Version, thread.Title, thread.Metadata?.Text, Rows.Seconds(thread.TimeToLive));
        var isOwn = batch.Require(IsOwn, thread.Id, thread.ResourceId);
        var conflicts = batch.Add(Conflicts, thread.Id, sent);
        batch.Require(NoConflict, thread.Id, sent);
        if (piece is { Space: { } space, Messages.Count: > 0 })
        {
            batch.Add(AddSpace, thread.Id, sent, space.Model, space.Dimensions, now);
        }

        var pending = batch.Add(
            ListPending, thread.Id, sent, piece.EmbeddingDueAt?.ToUnixMicroseconds() ?? now, piece.EmbeddingDueAt is not null, piece.Space?.Model, piece.Space?.Dimensions);
        if (piece.Messages is [var first, ..])
        {
            Journal.Note(database, batch, Changed, thread.Id, sent, first.Message.Position, piece.Messages[^1].Message.Position);
        }

        batch.Add(
            Advance, thread.Id, sent, lastPosition, (piece.IsLast ? thread.UpdatedAt : thread.CreatedAt).ToUnixMicroseconds(), thread.Version, thread.Title, thread.Metadata?.Text,
            Rows.Seconds(thread.TimeToLive));
        var added = piece.Messages.Select(message => AddMessage(database, batch, piece, message)).ToList();
        return database.RunAsync(
            batch,
            result => result.Stopped is not { } stopped ? new ArchiveOutcome(added.Sum(result.Changed), result.Changed(pending))
                : stopped == isOwn ? new ArchiveOutcome(0, 0) { IsTaken = true }
                : new ArchiveOutcome(0, 0) { Conflicts = result.All(conflicts, row => row.GetInt64(0)) },
            cancellationToken);
    }

    /// <returns>The statement that adds it.</returns>
    private static int AddMessage(LibSqlDatabase database, Batch batch, ArchivePiece piece, ArchivedMessage archived)
    {
        var (threadId, message, terms) = (piece.Thread.Id, archived.Message, archived.Terms());
        var added = batch.Add(
            Add, threadId, message.Position, message.Role.Name(), message.CreatedAt.ToUnixMicroseconds(), archived.Stored.Revision, archived.Stored.Fingerprint.ToArray(), terms,
            message.Id, message.Name, message.Metadata?.Text, message.Content.Json.Text);
        if (database.KeepsWords)
        {
            var words = Words.Of(terms);
            batch.Add(AddWords, threadId, message.Position, words.Length, words.Json);
        }

        if (piece.Space is { } space && archived.Vectors is { } vectors)
        {
            batch.Add(AddVectors, threadId, message.Position, VectorRows.Blob(vectors), space.Model, space.Dimensions);
        }

        return added;
    }

    private static string ToJson(ArchivePiece piece) => JsonSerializer.Serialize(
        [
            .. piece.Messages.Select(message => new SentMessage(
                message.Message.Position, message.Message.Id, Convert.ToHexString(message.Stored.Fingerprint.Span), piece.Space is not null && message.Vectors is not null)),
        ],
        LibSqlJson.Default.SentMessageArray);
}

/// <summary>What the statements need to know of all the messages of a piece before they add each.</summary>
internal sealed record SentMessage(long Position, string Id, string Fingerprint, bool HasVectors);
