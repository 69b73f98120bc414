using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>Whole threads in PostgreSQL; every call is one round trip. The database is the caller's to close.</summary>
public sealed class PostgresArchive(PostgresDatabase database) : IArchive
{
    private const string FindThreads =
        $$"""
        select {{Rows.ThreadColumns}}, coalesce(w.version, 0)
        from {threads} t join {resources} r on r.key = t.resource_key left join {working_memory} w on w.is_thread and w.owner_key = t.key
        where t.id = any ($1)
        """;

    // One more than is wanted, to know whether there are others. The length of a content is known without reading what does not fit into its row; what is over the limit is not read.
    private const string Page =
        $$"""
        select {{Rows.MessageColumns}}, m.revision, m.fingerprint, m.number_there, s.model, s.dimensions, v.vectors
        from {threads} t
            left join lateral (select * from {vector_spaces} s order by s.key desc limit 1) s on true
            left join lateral (
                select *, row_number() over (order by m.position) as number, sum(octet_length(m.content)) over (order by m.position) as bytes, count(*) over () as number_there
                from (
                    select m.position, m.id, m.role, m.name, m.content, m.metadata, m.created_at, m.revision, m.fingerprint
                    from {messages} m
                    where m.thread_key = t.key and m.resource_key = t.resource_key and m.position > $2 and m.content is not null
                    order by m.position limit $3 + 1) m) m on m.number = 1 or (m.number <= $3 and m.bytes <= $4)
            left join lateral (
                select array_agg(v.vector order by v.chunk) as vectors from {vectors} v
                where $5 and v.thread_key = t.key and v.position = m.position and v.resource_key = t.resource_key and v.space_key = s.key) v on true
        where t.id = $1 and ($6::text is null or t.resource_key = (select r.key from {resources} r where r.id = $6))
        """;

    private const string PutResource = "insert into {resources} (id, created_at) values ($1, $2) on conflict (id) do nothing";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredThread>> FindThreadsAsync(IReadOnlyList<string> threadIds, CancellationToken cancellationToken = default) => await database.ListAsync(
        "find threads", FindThreads, () => [Parameter.Texts(threadIds)], row => new StoredThread(Rows.Thread(row), row.GetInt64(10)), cancellationToken);

    /// <inheritdoc/>
    public async Task<ArchivePage?> ReadAsync(ArchiveRead read, CancellationToken cancellationToken = default)
    {
        var rows = await database.ListAsync(
            "read a thread", Page,
            () =>
            [
                Parameter.Text(read.ThreadId), Parameter.Integer((int)Math.Clamp(read.After, 0, int.MaxValue)), Parameter.Bigint(read.Limit), Parameter.Bigint(read.MaxBytes),
                Parameter.Boolean(read.WithVectors), Parameter.Text(read.ResourceId),
            ],
            row => (Message: row.IsDBNull(1) ? null : Archived(row), There: Rows.Value<long>(row, 10) ?? 0, Space: Rows.Text(row, 11) is { } model ? new EmbeddingSpace(model, row.GetInt32(12)) : null),
            cancellationToken);
        List<ArchivedMessage> messages = [.. rows.Select(row => row.Message).OfType<ArchivedMessage>().OrderBy(message => message.Message.Position)];
        return rows.Count == 0 ? null : new ArchivePage(messages, rows[0].There > messages.Count, rows[0].Space);
    }

    /// <inheritdoc/>
    public Task PutResourceAsync(ResourceRecord resource, CancellationToken cancellationToken = default) => database.ListAsync(
        "make a resource", PutResource, () => [Parameter.Text(resource.Id), Parameter.Time(resource.CreatedAt)], row => true, cancellationToken);

    /// <inheritdoc/>
    public Task<ArchiveOutcome> WriteAsync(ArchivePiece piece, CancellationToken cancellationToken = default) => PieceCall.RunAsync(database, piece, cancellationToken);

    private static ArchivedMessage Archived(NpgsqlDataReader row) => new(
        new StoredMessage(Rows.Message(row), row.GetInt32(8), row.GetFieldValue<Guid>(9).ToByteArray(bigEndian: true)),
        row.IsDBNull(13) ? (ReadOnlyMemory<float>?)null : VectorRows.Values(row.GetValue(13)));
}
