using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Accepted operations in a LibSQL file, where they are their own queue. The database is the caller's to close.</summary>
public sealed class LibSqlOperationStore(LibSqlDatabase database) : IOperationStore
{
    internal const string Add =
        """
        insert into operations (id, kind, resource_id, thread_id, status, attempts, due_at, created_at, updated_at, payload)
        values (?1, ?2, coalesce(?3, (select r.id from threads t join resources r on r.key = t.resource_key where t.id = ?4)), ?4, 0, 0, ?5, ?5, ?5, ?6)
        on conflict (id) do nothing
        """;

    internal const string ById = $"select {Rows.OperationColumns} from operations where id = ?1";

    // A running operation's due time is the end of its lease.
    internal const string Claim =
        $"""
        update operations set status = 1, attempts = attempts + 1, due_at = ?2, updated_at = ?3
        where key in (select key from operations where status < 2 and due_at <= ?3 order by key limit ?1)
        returning {Rows.OperationColumns}, key
        """;

    internal const string Complete =
        """
        update operations set status = 2, result = ?3, payload = null, error_code = null, error_message = null, updated_at = ?4
        where id = ?1 and attempts = ?2 and status = 1
        """;

    internal const string Continue =
        """
        update operations set attempts = 0, due_at = ?4, result = ?3, error_code = null, error_message = null, updated_at = ?5
        where id = ?1 and attempts = ?2 and status = 1
        """;

    internal const string Fail =
        """
        update operations set status = ?3, due_at = ?4, error_code = ?5, error_message = ?6, updated_at = ?7
        where id = ?1 and attempts = ?2 and status = 1
        """;

    internal const string Failed = $"select {Rows.OperationColumns} from operations where status = 3 order by updated_at, key limit ?1";

    internal const string Redrive = "update operations set status = 0, attempts = 0, due_at = ?2, updated_at = ?2 where id = ?1 and status = 3";

    internal const string Purge =
        "delete from operations where key in (select key from operations where status = 2 and updated_at < ?1 limit ?2)";

    /// <inheritdoc/>
    public Task<Operation> AcceptAsync(Operation operation, CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            "accept an operation",
            session =>
            {
                session.Execute(
                    Add, operation.Id, operation.Kind, operation.ResourceId, operation.ThreadId ?? "", operation.CreatedAt.ToUnixMicroseconds(), operation.Payload?.Text);
                return session.First(ById, Rows.Operation, operation.Id)!; // added, or there already
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task<Operation?> FindAsync(string operationId, CancellationToken cancellationToken = default) =>
        database.ReadAsync("find an operation", session => session.First(ById, Rows.Operation, operationId), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Operation>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var claimed = await database.WriteAsync(
            "claim operations",
            session => session.All(
                Claim, row => (Key: row.GetInt64(12), Operation: Rows.Operation(row)),
                limit, (now + lease).ToUnixMicroseconds(), now.ToUnixMicroseconds()),
            cancellationToken);
        return [.. claimed.OrderBy(item => item.Key).Select(item => item.Operation)]; // RETURNING promises no order
    }

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(string operationId, int attempt, RawJson result, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            "complete an operation",
            session => session.Execute(Complete, operationId, attempt, result.Text, now.ToUnixMicroseconds()) == 1,
            cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ContinueAsync(
        string operationId, int attempt, RawJson progress, DateTimeOffset dueAt, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            "continue an operation later",
            session => session.Execute(Continue, operationId, attempt, progress.Text, dueAt.ToUnixMicroseconds(), now.ToUnixMicroseconds()) == 1,
            cancellationToken);

    /// <inheritdoc/>
    public Task<bool> FailAsync(
        string operationId, int attempt, OperationError reason, DateTimeOffset? retryAt, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            "note an operation's failure",
            session => session.Execute(
                Fail, operationId, attempt, (int)(retryAt is null ? OperationStatus.Failed : OperationStatus.Queued),
                (retryAt ?? now).ToUnixMicroseconds(), reason.Code, reason.Message, now.ToUnixMicroseconds()) == 1,
            cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Operation>> ListFailedAsync(int limit, CancellationToken cancellationToken = default) =>
        await database.ReadAsync("list failed operations", session => session.All(Failed, Rows.Operation, limit), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> RedriveAsync(string operationId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        database.WriteAsync("redrive an operation", session => session.Execute(Redrive, operationId, now.ToUnixMicroseconds()) == 1, cancellationToken);

    /// <inheritdoc/>
    public Task<int> PurgeAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken = default) =>
        database.WriteAsync("purge operations", session => session.Execute(Purge, before.ToUnixMicroseconds(), limit), cancellationToken);
}
