using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Vectors in a LibSQL database, beside the messages. The database is the caller's to close.</summary>
public sealed class LibSqlEmbeddingStore(LibSqlDatabase database) : IEmbeddingStore
{
    private const int MessagesPerFill = 2_000;

    private const string AddSpace =
        """
        insert into vector_spaces (model, dimensions, created_at, fill_from, fill_to)
        select ?1, ?2, ?3, 0, (select coalesce(max(key), 0) from messages)
        """;

    private const string IsSpace = $"exists (select 1 from vector_spaces where key = {VectorRows.Newest} and model = ?1 and dimensions = ?2)";

    private const string AnyDue =
        $"""
        exists (select 1 from pending_embeddings where due_at <= ?1) or exists (select 1 from vector_spaces where key = {VectorRows.Newest} and fill_from < fill_to)
        """;

    // The next of the messages that were there before their space; null when there are none.
    private const string EndOfFill =
        $"""
        (select max(key) from (
            select m.key from messages m join vector_spaces s on s.key = {VectorRows.Newest}
            where s.fill_from < s.fill_to and m.key > s.fill_from and m.key <= s.fill_to order by m.key limit ?1))
        """;

    private const string ListMissing =
        $"""
        insert or ignore into pending_embeddings (key, due_at, attempts)
        select m.key, ?2, 0 from messages m join vector_spaces s on s.key = {VectorRows.Newest}
        where m.key > s.fill_from and m.key <= {EndOfFill} and m.terms is not null
          and not exists (select 1 from vectors v where v.key = m.key and v.space_key = s.key)
        """;

    private const string AdvanceFill = $"update vector_spaces set fill_from = coalesce({EndOfFill}, fill_to) where key = {VectorRows.Newest} and fill_from < fill_to";

    private const string Take =
        """
        update pending_embeddings set due_at = ?3, attempts = attempts + 1
        where key in (select key from pending_embeddings where due_at <= ?2 order by key limit ?1)
        returning key, attempts
        """;

    // Those whose keys the claim has taken.
    private const string Taken =
        """
        select p.key, p.attempts, t.id, m.id, m.role, m.created_at, m.revision, m.fingerprint, m.name, m.content
        from json_each(?1) j join pending_embeddings p on p.key = j.value join messages m on m.key = p.key join threads t on t.key = m.key >> 28
        order by p.key
        """;

    private const string Delay = "update pending_embeddings set due_at = ?3 where key = (select key << 28 | ?2 from threads where id = ?1) and attempts = ?4";
    private const string MakeAllDue = "update pending_embeddings set due_at = ?1, attempts = 0 where due_at > ?1";
    private const string CountAll = "select count(*) from pending_embeddings";

    /// <inheritdoc/>
    public Task<EmbeddingSpace?> FindSpaceAsync(CancellationToken cancellationToken = default)
    {
        var batch = Batch.Read("find the vector space");
        batch.Add(VectorRows.Space);
        return database.RunAsync(batch, result => result.First(0, VectorRows.ReadSpace), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> PutAsync(EmbeddingSpace space, IReadOnlyList<MessageVectors> messages, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        database.PutVectorsAsync(space, messages, now, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PendingMessage>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        const string operation = "claim messages to embed";
        var look = Batch.Read(operation);
        look.Require(AnyDue, now.ToUnixMicroseconds());
        return await database.RunAsync(look, result => result.Stopped is null, cancellationToken) ? await TakeAsync(operation, limit, lease, now, cancellationToken) : [];
    }

    /// <inheritdoc/>
    public Task PostponeAsync(IReadOnlyList<PendingMessage> messages, DateTimeOffset dueAt, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Write("postpone messages to embed");
        foreach (var message in messages)
        {
            batch.Add(Delay, message.Message.ThreadId, message.Message.Position, dueAt.ToUnixMicroseconds(), message.Attempts);
        }

        return messages.Count == 0 ? Task.CompletedTask : database.RunAsync(batch, result => result.Stopped, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<long> MoveAsync(EmbeddingSpace space, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        const string operation = "move to another embedder";
        var begin = Batch.Write(operation);
        begin.Require($"not {IsSpace}", space.Model, space.Dimensions);
        begin.Add(AddSpace, space.Model, space.Dimensions, now.ToUnixMicroseconds());
        begin.Add(MakeAllDue, now.ToUnixMicroseconds()); // what waited for the embedder before need not wait for this one
        await database.RunAsync(begin, result => result.Stopped, cancellationToken);
        var fill = Batch.Write(operation);
        var hasMore = fill.Add($"select {EndOfFill}", MessagesPerFill);
        fill.Add(ListMissing, MessagesPerFill, now.ToUnixMicroseconds());
        fill.Add(AdvanceFill, MessagesPerFill);
        while (await database.RunAsync(fill, result => result.Number(hasMore) is not null, cancellationToken))
        {
        }

        return await CountAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long> CountAsync(CancellationToken cancellationToken = default)
    {
        var batch = Batch.Read("count messages to embed");
        batch.Add(CountAll);
        return database.RunAsync(batch, result => result.Number(0)!.Value, cancellationToken); // an aggregate always has a row
    }

    private async Task<IReadOnlyList<PendingMessage>> TakeAsync(string operation, int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // What a lost answer had taken comes again when its lease runs out.
        var take = Batch.Write(operation, mayRepeat: false);
        take.Add(ListMissing, MessagesPerFill, now.ToUnixMicroseconds());
        take.Add(AdvanceFill, MessagesPerFill);
        var taken = take.Add(Take, limit, now.ToUnixMicroseconds(), (now + lease).ToUnixMicroseconds());
        var keys = await database.RunAsync(take, result => result.All(taken, row => row.GetInt64(0)).ToArray(), cancellationToken);
        return keys.Length == 0 ? [] : await ReadAsync(operation, keys, cancellationToken);
    }

    private async Task<IReadOnlyList<PendingMessage>> ReadAsync(string operation, long[] keys, CancellationToken cancellationToken)
    {
        var read = Batch.Read(operation);
        read.Add(Taken, System.Text.Json.JsonSerializer.Serialize(keys, LibSqlJson.Default.Int64Array));
        try
        {
            return await database.RunAsync(read, result => result.All(0, Pending), cancellationToken);
        }
        catch (MemoryStoreException fault) when (MessageReads.IsTooLarge(fault) && keys.Length > 1)
        {
            var half = keys.Length / 2;
            return [.. await ReadAsync(operation, keys[..half], cancellationToken), .. await ReadAsync(operation, keys[half..], cancellationToken)];
        }
    }

    private static PendingMessage Pending(IRow row) => new(
        new MessageVersion(
            row.GetString(2), MessageKey.Position(row.GetInt64(0)), row.GetString(3), Rows.Role(row.GetString(4)), Rows.Time(row, 5), row.GetInt64(6), row.GetBytes(7).ToArray()),
        Rows.Text(row, 8), MessageContent.FromStore(row.GetString(9)).Text, row.GetInt32(1));
}
