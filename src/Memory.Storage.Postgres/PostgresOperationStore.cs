using Memory.Core;

namespace Memory.Storage.Postgres;

/// <summary>Accepted operations in PostgreSQL, where they are their own queue. The database is the caller's to close.</summary>
public sealed class PostgresOperationStore(PostgresDatabase database) : IOperationStore
{
    private const string Add =
        $$"""
        with added as (
            insert into {operations} (id, kind, resource_id, thread_id, status, attempts, due_at, created_at, updated_at, payload)
            values ($1, $2, coalesce($3, (select r.id from {threads} t join {resources} r on r.key = t.resource_key where t.id = $4)), $4, 0, 0, $5, $5, $5, $6)
            on conflict (id) do nothing
            returning *
        )
        select {{Rows.OperationColumns}} from added
        union all
        select {{Rows.OperationColumns}} from {operations} where id = $1
        """;

    private const string ById = $$"""select {{Rows.OperationColumns}} from {operations} where id = $1""";

    // A running operation's due time is the end of its lease.
    private const string Claim =
        $$"""
        with claimed as (
            update {operations} set status = 1, attempts = attempts + 1, due_at = $2, updated_at = $3
            where key in (select key from {operations} where status < 2 and due_at <= $3 order by key limit $1 for update skip locked)
            returning *
        )
        select {{Rows.OperationColumns}} from claimed order by key
        """;

    private const string Complete =
        """
        update {operations} set status = 2, result = $3, payload = null, error_code = null, error_message = null, updated_at = $4
        where id = $1 and attempts = $2 and status = 1 returning 1
        """;

    private const string Continue =
        """
        update {operations} set attempts = 0, due_at = $4, result = $3, error_code = null, error_message = null, updated_at = $5
        where id = $1 and attempts = $2 and status = 1 returning 1
        """;

    private const string Fail =
        """
        update {operations} set status = $3, due_at = $4, error_code = $5, error_message = $6, updated_at = $7
        where id = $1 and attempts = $2 and status = 1 returning 1
        """;

    private const string Failed = $$"""select {{Rows.OperationColumns}} from {operations} where status = 3 order by updated_at, key limit $1""";

    private const string Redrive = "update {operations} set status = 0, attempts = 0, due_at = $2, updated_at = $2 where id = $1 and status = 3 returning 1";

    private const string Remove = "delete from {operations} where id = $1 returning 1";

    private const string Purge =
        """
        delete from {operations} where key in (select key from {operations} where status = 2 and updated_at < $1 order by updated_at limit $2 for update skip locked) returning 1
        """;

    /// <inheritdoc/>
    public async Task<Operation> AcceptAsync(Operation operation, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            // Neither added nor seen: another was adding the same, and has by now.
            if (await database.FindAsync(
                "accept an operation", Add,
                () =>
                [
                    Parameter.Text(operation.Id), Parameter.Text(operation.Kind), Parameter.Text(operation.ResourceId), Parameter.Text(operation.ThreadId), Parameter.Time(operation.CreatedAt), Parameter.Text(operation.Payload?.Text),
                ],
                Rows.Operation, cancellationToken) is { } kept)
            {
                return kept;
            }
        }
    }

    /// <inheritdoc/>
    public Task<Operation?> FindAsync(string operationId, CancellationToken cancellationToken = default) =>
        database.FindAsync("find an operation", ById, () => [Parameter.Text(operationId)], Rows.Operation, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Operation>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        await database.ListAsync("claim operations", Claim, () => [Parameter.Integer(limit), Parameter.Time(now + lease), Parameter.Time(now)], Rows.Operation, cancellationToken, isRepeatable: false);

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(string operationId, int attempt, RawJson result, DateTimeOffset now, CancellationToken cancellationToken = default) => EndAsync(
        "complete an operation", Complete, cancellationToken, Parameter.Text(operationId), Parameter.Integer(attempt), Parameter.Text(result.Text), Parameter.Time(now));

    /// <inheritdoc/>
    public Task<bool> ContinueAsync(
        string operationId, int attempt, RawJson progress, DateTimeOffset dueAt, DateTimeOffset now, CancellationToken cancellationToken = default) => EndAsync(
        "continue an operation later", Continue, cancellationToken, Parameter.Text(operationId), Parameter.Integer(attempt), Parameter.Text(progress.Text), Parameter.Time(dueAt), Parameter.Time(now));

    /// <inheritdoc/>
    public Task<bool> FailAsync(
        string operationId, int attempt, OperationError reason, DateTimeOffset? retryAt, DateTimeOffset now, CancellationToken cancellationToken = default) => EndAsync(
        "note an operation's failure", Fail, cancellationToken,
        Parameter.Text(operationId), Parameter.Integer(attempt), Parameter.Integer((int)(retryAt is null ? OperationStatus.Failed : OperationStatus.Queued)), Parameter.Time(retryAt ?? now),
        Parameter.Text(reason.Code), Parameter.Text(reason.Message), Parameter.Time(now));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Operation>> ListFailedAsync(int limit, CancellationToken cancellationToken = default) =>
        await database.ListAsync("list failed operations", Failed, () => [Parameter.Integer(limit)], Rows.Operation, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> RedriveAsync(string operationId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EndAsync("redrive an operation", Redrive, cancellationToken, Parameter.Text(operationId), Parameter.Time(now));

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(string operationId, CancellationToken cancellationToken = default) =>
        EndAsync("remove an operation", Remove, cancellationToken, Parameter.Text(operationId));

    /// <inheritdoc/>
    public async Task<int> PurgeAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken = default) =>
        (await database.ListAsync("purge operations", Purge, () => [Parameter.Time(before), Parameter.Integer(limit)], row => row.GetInt32(0), cancellationToken)).Count;

    private async Task<bool> EndAsync(string operation, string sql, CancellationToken cancellationToken, params Npgsql.NpgsqlParameter[] parameters) =>
        (await database.ListAsync(operation, sql, () => [.. parameters.Select(parameter => parameter.Clone())], row => row.GetInt32(0), cancellationToken, isRepeatable: false)).Count == 1;
}
