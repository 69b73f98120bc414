using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Accepted operations in a LibSQL database, where they are their own queue. The database is the caller's to close.</summary>
public sealed class LibSqlOperationStore(LibSqlDatabase database) : IOperationStore
{
    private const string Add =
        """
        insert into operations (id, kind, resource_id, thread_id, status, attempts, due_at, created_at, updated_at, payload)
        values (?1, ?2, coalesce(?3, (select r.id from threads t join resources r on r.key = t.resource_key where t.id = ?4)), ?4, 0, 0, ?5, ?5, ?5, ?6)
        on conflict (id) do nothing
        """;

    private const string ById = $"select {Rows.OperationColumns} from operations where id = ?1";

    // A running operation's due time is the end of its lease.
    private const string Claim =
        $"""
        update operations set status = 1, attempts = attempts + 1, due_at = ?2, updated_at = ?3
        where key in (select key from operations where status < 2 and due_at <= ?3 order by key limit ?1)
        returning {Rows.OperationColumns}, key
        """;

    private const string Complete =
        """
        update operations set status = 2, result = ?3, payload = null, error_code = null, error_message = null, updated_at = ?4
        where id = ?1 and attempts = ?2 and status = 1
        """;

    private const string Continue =
        """
        update operations set attempts = 0, due_at = ?4, result = ?3, error_code = null, error_message = null, updated_at = ?5
        where id = ?1 and attempts = ?2 and status = 1
        """;

    private const string Fail =
        """
        update operations set status = ?3, due_at = ?4, error_code = ?5, error_message = ?6, updated_at = ?7
        where id = ?1 and attempts = ?2 and status = 1
        """;

    private const string Failed = $"select {Rows.OperationColumns} from operations where status = 3 order by updated_at, key limit ?1";

    private const string Redrive = "update operations set status = 0, attempts = 0, due_at = ?2, updated_at = ?2 where id = ?1 and status = 3";

    private const string Remove = "delete from operations where id = ?1";

    private const string Purge =
        "delete from operations where key in (select key from operations where status = 2 and updated_at < ?1 limit ?2)";

    /// <inheritdoc/>
    public Task<Operation> AcceptAsync(Operation operation, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Write("accept an operation");
        batch.Add(
            Add, operation.Id, operation.Kind, operation.ResourceId, operation.ThreadId ?? "", operation.CreatedAt.ToUnixMicroseconds(), operation.Payload?.Text);
        var kept = batch.Add(ById, operation.Id);
        return database.RunAsync(batch, result => result.First(kept, Rows.Operation)!, cancellationToken); // added, or there already
    }

    /// <inheritdoc/>
    public Task<Operation?> FindAsync(string operationId, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Read("find an operation");
        batch.Add(ById, operationId);
        return database.RunAsync(batch, result => result.First(0, Rows.Operation), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Operation>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        // What a lost answer had claimed comes again when its lease runs out.
        var batch = Batch.Write("claim operations", mayRepeat: false);
        batch.Add(Claim, limit, (now + lease).ToUnixMicroseconds(), now.ToUnixMicroseconds());
        try
        {
            var claimed = await database.RunAsync(batch, result => result.All(0, row => (Key: row.GetInt64(12), Operation: Rows.Operation(row))), cancellationToken);
            return [.. claimed.OrderBy(item => item.Key).Select(item => item.Operation)]; // RETURNING promises no order
        }
        catch (MemoryStoreException fault) when (MessageReads.IsTooLarge(fault) && limit > 1)
        {
            return await ClaimAsync(limit / 2, lease, now, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(string operationId, int attempt, RawJson result, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EndAsync("complete an operation", Complete, cancellationToken, operationId, attempt, result.Text, now.ToUnixMicroseconds());

    /// <inheritdoc/>
    public Task<bool> ContinueAsync(
        string operationId, int attempt, RawJson progress, DateTimeOffset dueAt, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EndAsync(
            "continue an operation later", Continue, cancellationToken, operationId, attempt, progress.Text, dueAt.ToUnixMicroseconds(), now.ToUnixMicroseconds());

    /// <inheritdoc/>
    public Task<bool> FailAsync(
        string operationId, int attempt, OperationError reason, DateTimeOffset? retryAt, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EndAsync(
            "note an operation's failure", Fail, cancellationToken, operationId, attempt,
            (int)(retryAt is null ? OperationStatus.Failed : OperationStatus.Queued), (retryAt ?? now).ToUnixMicroseconds(), reason.Code, reason.Message, now.ToUnixMicroseconds());

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Operation>> ListFailedAsync(int limit, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Read("list failed operations");
        batch.Add(Failed, limit);
        try
        {
            return await database.RunAsync(batch, result => result.All(0, Rows.Operation), cancellationToken);
        }
        catch (MemoryStoreException fault) when (MessageReads.IsTooLarge(fault) && limit > 1)
        {
            return await ListFailedAsync(limit / 2, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<bool> RedriveAsync(string operationId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EndAsync("redrive an operation", Redrive, cancellationToken, operationId, now.ToUnixMicroseconds());

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(string operationId, CancellationToken cancellationToken = default) => EndAsync("remove an operation", Remove, cancellationToken, operationId);

    /// <inheritdoc/>
    public Task<int> PurgeAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Write("purge operations");
        batch.Add(Purge, before.ToUnixMicroseconds(), limit);
        return database.RunAsync(batch, result => result.Changed(0), cancellationToken);
    }

    private Task<bool> EndAsync(string operation, string sql, CancellationToken cancellationToken, params object?[] values)
    {
        var batch = Batch.Write(operation, mayRepeat: false);
        batch.Add(sql, values);
        return database.RunAsync(batch, result => result.Changed(0) == 1, cancellationToken);
    }
}
