using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>
/// An append as one call of <c>append_messages</c>, or of <c>append_accepted</c> before it, which decides positions, duplicates, conflicts and the expected position. When its answer is lost it is sent again, and what the first
/// attempt has stored comes back as duplicates, in its place.
/// </summary>
internal static class AppendCall
{
    private const string Append =
        "select * from {append_messages}($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";

    private const string AppendAccepted =
        "select * from {append_accepted}($24, $25, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";

    private const string Operation = "append messages";

    /// <exception cref="RefusedException">As <see cref="IMessageStore.AppendAsync"/> says.</exception>
    public static async Task<AppendResult> RunAsync(PostgresDatabase database, AppendBatch batch, CancellationToken cancellationToken)
    {
        // Vectors that cannot be stored here are no reason to refuse messages; a recall and the worker say what is wrong.
        batch = batch.Embedded is { } embedded && !database.Admits(embedded.Space) ? batch with { Embedded = null } : batch;

        // Only work that waited can come after its resource's erasure: what is answered at once pays nothing for it.
        var sql = batch is { AcceptedAt: not null, ResourceId: not null } ? AppendAccepted : Append;
        var (distinct, places) = batch.DistinctMessages();
        List<Row> rows;
        try
        {
            rows = await database.ListAsync(
                Operation, sql, () => Parameters(database, batch, distinct),
                row => new Row(row.GetString(0), row.GetInt32(1), row.GetInt32(2), Rows.Value<DateTimeOffset>(row, 3), row.GetBoolean(4), row.GetBoolean(5)), cancellationToken);
        }
        catch (MemoryStoreException fault) when (fault.InnerException is PostgresException { SqlState: Faults.NoThread })
        {
            throw RefusedException.NoThread(batch.ThreadId);
        }

        if (rows[0].Outcome != "appended")
        {
            throw Refusal(batch, distinct, rows);
        }

        var placed = new AppendedMessage[batch.Messages.Count];
        var pending = 0;
        for (var i = 0; i < placed.Length; i++)
        {
            var row = rows[places[i]];
            placed[i] = new AppendedMessage(
                batch.Messages[i].Id, row.Position, row.CreatedAt!.Value, row.IsDuplicate || distinct[places[i]] != i); // a stored message has a time
            pending += row.IsPending ? 1 : 0;
        }

        return new AppendResult(batch.ThreadId, placed, pending);
    }

    private static NpgsqlParameter[] Parameters(PostgresDatabase database, AppendBatch batch, List<int> distinct)
    {
        List<NewMessage> messages = [.. distinct.Select(i => batch.Messages[i])];
        var vectors = VectorRows.Of(batch.Embedded is null ? null : batch.Embedded with { Vectors = [.. distinct.Select(i => batch.Embedded.Vectors[i])] });
        return
        [
            Parameter.Text(batch.ThreadId), Parameter.Text(batch.ResourceId), Parameter.Bigint(batch.ExpectedPosition), Parameter.Time(batch.Now), Parameter.Time(batch.EmbeddingDueAt),
            .. MessageArrays.Of(messages),
            Parameter.Text(batch.Embedded?.Space.Model), Parameter.Integer(batch.Embedded?.Space.Dimensions),
            vectors.Vectors(database.VectorType), vectors.Owners(), vectors.Chunks(),
            .. batch is { AcceptedAt: { } acceptedAt, ResourceId: { } resourceId } ? (NpgsqlParameter[])[Parameter.Time(acceptedAt), Parameter.Text(Erasures.Mark(resourceId))] : [],
        ];
    }

    private static RefusedException Refusal(AppendBatch batch, List<int> distinct, List<Row> rows) => rows[0].Outcome switch
    {
        "conflict" => batch.Conflict(rows.Select(row => batch.Messages[distinct[row.Ordinal - 1]].Id)),
        "erased" => AppendBatch.Erased(),
        "moved_on" => batch.MovedOn(rows[0].Position),
        _ => batch.ResourceId is null ? RefusedException.NoThreadToAppend(batch.ThreadId) : RefusedException.NoThread(batch.ThreadId),
    };

    private sealed record Row(string Outcome, int Ordinal, int Position, DateTimeOffset? CreatedAt, bool IsDuplicate, bool IsPending);
}
