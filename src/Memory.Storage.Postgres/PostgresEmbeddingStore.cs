using Memory.Core;

namespace Memory.Storage.Postgres;

/// <summary>Vectors in PostgreSQL, and the list of messages that await theirs. The database is the caller's to close.</summary>
public sealed class PostgresEmbeddingStore(PostgresDatabase database) : IEmbeddingStore
{
    private const int MessagesPerFill = 2_000;

    private const string FindSpace = "select model, dimensions from {vector_spaces} order by key desc limit 1";
    private const string Store = "select {store_vectors}($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    private const string Claim = "select * from {claim_pending}($1, $2, $3)";
    private const string BeginSpace = "select 1 from (select {begin_space}($1, $2, $3)) s";
    private const string Fill = "select {fill_pending}($1, $2)";
    private const string CountPending = "select count(*) from {pending_embeddings}";

    private const string Postpone =
        """
        update {pending_embeddings} p set due_at = $4
        from unnest($1::text[], $2::integer[], $3::integer[]) x (thread_id, position, attempts) join {threads} t on t.id = x.thread_id
        where p.thread_key = t.key and p.position = x.position and p.attempts = x.attempts
        returning 1
        """;

    /// <inheritdoc/>
    public Task<EmbeddingSpace?> FindSpaceAsync(CancellationToken cancellationToken = default) => database.FindAsync(
        "find the vector space", FindSpace, () => [], row => new EmbeddingSpace(row.GetString(0), row.GetInt32(1)), cancellationToken);

    /// <inheritdoc/>
    public async Task<int> PutAsync(EmbeddingSpace space, IReadOnlyList<MessageVectors> messages, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        database.Require(space);
        var stored = await database.ListAsync(
            "store vectors", Store,
            () =>
            {
                var vectors = new VectorRows(space.Dimensions, messages.Select(message => message.Values));
                return
                [
                    Parameter.Text(space.Model), Parameter.Integer(space.Dimensions), Parameter.Time(now),
                    Parameter.Texts([.. messages.Select(message => message.Message.ThreadId)]),
                    Parameter.Integers([.. messages.Select(message => (int)message.Message.Position)]),
                    Parameter.Integers([.. messages.Select(message => (int)message.Message.Revision)]),
                    Parameter.Uuids([.. messages.Select(message => Parameter.Uuid(message.Message.Fingerprint.Span))]),
                    vectors.Vectors(database.VectorType), vectors.Owners(), vectors.Chunks(),
                ];
            },
            row => Rows.Value<int>(row, 0), cancellationToken);
        return stored[0] ?? throw RefusedException.OtherSpace(await FindSpaceAsync(cancellationToken) ?? space, space);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PendingMessage>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        await database.ListAsync(
            "claim messages to embed", Claim, () => [Parameter.Integer(limit), Parameter.Time(now), Parameter.Time(now + lease)],
            row => new PendingMessage(
                new MessageVersion(
                    row.GetString(0), row.GetInt32(1), row.GetString(2), Rows.Role(row.GetString(3)), row.GetFieldValue<DateTimeOffset>(4), row.GetInt32(5),
                    row.GetFieldValue<Guid>(6).ToByteArray(bigEndian: true)),
                Rows.Text(row, 7), MessageContent.FromStore(row.GetString(8)).Text, row.GetInt32(9)),
            cancellationToken);

    /// <inheritdoc/>
    public Task PostponeAsync(IReadOnlyList<PendingMessage> messages, DateTimeOffset dueAt, CancellationToken cancellationToken = default) => database.ListAsync(
        "postpone messages to embed", Postpone,
        () =>
        [
            Parameter.Texts([.. messages.Select(message => message.Message.ThreadId)]), Parameter.Integers([.. messages.Select(message => (int)message.Message.Position)]),
            Parameter.Integers([.. messages.Select(message => message.Attempts)]), Parameter.Time(dueAt),
        ],
        row => row.GetInt32(0), cancellationToken);

    /// <inheritdoc/>
    public async Task<long> MoveAsync(EmbeddingSpace space, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        const string operation = "move to another embedder";
        database.Require(space);
        await database.ValueAsync<int>(operation, BeginSpace, () => [Parameter.Text(space.Model), Parameter.Integer(space.Dimensions), Parameter.Time(now)], cancellationToken);
        while (await database.ValueAsync<bool>(operation, Fill, () => [Parameter.Time(now), Parameter.Integer(MessagesPerFill)], cancellationToken))
        {
        }

        return await database.ValueAsync<long>(operation, CountPending, () => [], cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long> CountAsync(CancellationToken cancellationToken = default) => database.ValueAsync<long>("count messages to embed", CountPending, () => [], cancellationToken);
}
