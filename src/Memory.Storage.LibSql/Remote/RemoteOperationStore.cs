using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Accepted operations in a LibSQL database on a server, with a file's statements.</summary>
public sealed class RemoteOperationStore(RemoteDatabase database) : IOperationStore
{
    /// <inheritdoc/>
    public Task<Operation> AcceptAsync(Operation operation, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Write("accept an operation");
        batch.Add(
            LibSqlOperationStore.Add, operation.Id, operation.Kind, operation.ResourceId, operation.ThreadId ?? "", operation.CreatedAt.ToUnixMicroseconds(), operation.Payload?.Text);
        var kept = batch.Add(LibSqlOperationStore.ById, operation.Id);
        return database.RunAsync(batch, result => result.First(kept, Rows.Operation)!, cancellationToken); // added, or there already
    }

    /// <inheritdoc/>
    public Task<Operation?> FindAsync(string operationId, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Read("find an operation");
        batch.Add(LibSqlOperationStore.ById, operationId);
        return database.RunAsync(batch, result => result.First(0, Rows.Operation), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Operation>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        // What a lost answer had claimed comes again when its lease runs out.
        var batch = Batch.Write("claim operations", mayRepeat: false);
        batch.Add(LibSqlOperationStore.Claim, limit, (now + lease).ToUnixMicroseconds(), now.ToUnixMicroseconds());
        try
        {
            var claimed = await database.RunAsync(batch, result => result.All(0, row => (Key: row.GetInt64(12), Operation: Rows.Operation(row))), cancellationToken);
            return [.. claimed.OrderBy(item => item.Key).Select(item => item.Operation)]; // RETURNING promises no order
        }
        catch (MemoryStoreException fault) when (RemoteReads.IsTooLarge(fault) && limit > 1)
        {
            return await ClaimAsync(limit / 2, lease, now, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(string operationId, int attempt, RawJson result, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EndAsync("complete an operation", LibSqlOperationStore.Complete, cancellationToken, operationId, attempt, result.Text, now.ToUnixMicroseconds());

    /// <inheritdoc/>
    public Task<bool> ContinueAsync(
        string operationId, int attempt, RawJson progress, DateTimeOffset dueAt, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EndAsync(
            "continue an operation later", LibSqlOperationStore.Continue, cancellationToken, operationId, attempt, progress.Text, dueAt.ToUnixMicroseconds(), now.ToUnixMicroseconds());

    /// <inheritdoc/>
    public Task<bool> FailAsync(
        string operationId, int attempt, OperationError reason, DateTimeOffset? retryAt, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EndAsync(
            "note an operation's failure", LibSqlOperationStore.Fail, cancellationToken, operationId, attempt,
            (int)(retryAt is null ? OperationStatus.Failed : OperationStatus.Queued), (retryAt ?? now).ToUnixMicroseconds(), reason.Code, reason.Message, now.ToUnixMicroseconds());

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Operation>> ListFailedAsync(int limit, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Read("list failed operations");
        batch.Add(LibSqlOperationStore.Failed, limit);
        try
        {
            return await database.RunAsync(batch, result => result.All(0, Rows.Operation), cancellationToken);
        }
        catch (MemoryStoreException fault) when (RemoteReads.IsTooLarge(fault) && limit > 1)
        {
            return await ListFailedAsync(limit / 2, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<bool> RedriveAsync(string operationId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EndAsync("redrive an operation", LibSqlOperationStore.Redrive, cancellationToken, operationId, now.ToUnixMicroseconds());

    /// <inheritdoc/>
    public Task<int> PurgeAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Write("purge operations");
        batch.Add(LibSqlOperationStore.Purge, before.ToUnixMicroseconds(), limit);
        return database.RunAsync(batch, result => result.Changed(0), cancellationToken);
    }

    private Task<bool> EndAsync(string operation, string sql, CancellationToken cancellationToken, params object?[] values)
    {
        var batch = Batch.Write(operation, mayRepeat: false);
        batch.Add(sql, values);
        return database.RunAsync(batch, result => result.Changed(0) == 1, cancellationToken);
    }
}
