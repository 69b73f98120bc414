using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>Vectors in a PostgreSQL database whose messages are kept elsewhere; a search compares all that are in scope. The database is the caller's to close.</summary>
public sealed class PostgresVectorIndex(PostgresDatabase database) : IVectorIndex
{
    // A removal takes no longer than a statement may, however much there is.
    private const int RowsPerRemoval = 10_000;

    // In the order of the key, so that writers of the same contents wait for each other instead of standing in each other's way. A content that is chunked otherwise than before keeps no chunk of then.
    private const string Put =
        """
        with entries as (
            select distinct on (e.thread_id, e.message_id, e.revision, e.fingerprint) e.*
            from unnest($4::text[], $5::text[], $6::integer[], $7::uuid[], $8::text[], $9::timestamptz[]) with ordinality e (thread_id, message_id, revision, fingerprint, role, created_at, ordinal)
            order by e.thread_id, e.message_id, e.revision, e.fingerprint, e.ordinal desc
        ),
        chunks as (
            select e.*, x.chunk, x.vector from unnest($10, $11::integer[], $12::smallint[]) x (vector, owner, chunk) join entries e on e.ordinal = x.owner
        ),
        removed as (
            delete from {split_vectors} v using (select c.thread_id, c.message_id, c.revision, c.fingerprint, max(c.chunk) as last from chunks c group by 1, 2, 3, 4) c
            where v.thread_id = c.thread_id and v.message_id = c.message_id and v.revision = c.revision and v.fingerprint = c.fingerprint and v.resource_id = $1 and v.chunk > c.last
        )
        insert into {split_vectors} (thread_id, message_id, revision, fingerprint, resource_id, chunk, model, dimensions, role, created_at, vector)
        select c.thread_id, c.message_id, c.revision, c.fingerprint, $1, c.chunk, $2, $3, c.role, c.created_at, c.vector
        from chunks c order by c.thread_id, c.message_id, c.revision, c.fingerprint, c.chunk
        on conflict (thread_id, message_id, revision, fingerprint, resource_id, chunk) do update
        set model = excluded.model, dimensions = excluded.dimensions, role = excluded.role, created_at = excluded.created_at, vector = excluded.vector
        """;

    private const string Search = "select * from {nearest_contents}($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    private const string Fetch =
        """
        select v.thread_id, v.message_id, v.revision, v.fingerprint, min(v.role), min(v.created_at), array_agg(v.vector order by v.chunk)
        from unnest($1::text[], $2::text[], $3::integer[], $4::uuid[]) x (thread_id, message_id, revision, fingerprint)
        join {split_vectors} v on v.thread_id = x.thread_id and v.message_id = x.message_id and v.revision = x.revision and v.fingerprint = x.fingerprint and v.resource_id = $5
        where v.model = $6 and v.dimensions = $7
        group by 1, 2, 3, 4
        """;

    private const string RemoveContents =
        """
        delete from {split_vectors} v using unnest($2::text[], $3::integer[], $4::uuid[]) x (message_id, revision, fingerprint)
        where v.thread_id = $1 and v.message_id = x.message_id and v.revision = x.revision and v.fingerprint = x.fingerprint
        """;

    private const string RemoveMessage = "delete from {split_vectors} where thread_id = $1 and message_id = $2";

    private const string RemoveOfThread =
        "with removed as (delete from {split_vectors} where ctid = any (array(select v.ctid from {split_vectors} v where v.thread_id = $1 limit $2)) returning 1) select count(*) from removed";

    private const string RemoveOfResource =
        "with removed as (delete from {split_vectors} where ctid = any (array(select v.ctid from {split_vectors} v where v.resource_id = $1 limit $2)) returning 1) select count(*) from removed";

    private const string RemoveOtherSpaces =
        """
        with removed as (
            delete from {split_vectors} where ctid = any (array(select v.ctid from {split_vectors} v where v.model <> $1 or v.dimensions <> $2 limit $3)) returning 1)
        select count(*) from removed
        """;

    private const string Check = "select 1";

    /// <inheritdoc/>
    public Task PutAsync(EmbeddingSpace space, string resourceId, IReadOnlyList<VectorEntry> entries, CancellationToken cancellationToken = default)
    {
        database.Require(space);
        return database.ListAsync(
            "store vectors", Put,
            () =>
            {
                var vectors = new VectorRows(space.Dimensions, entries.Select(entry => entry.Values));
                return
                [
                    Parameter.Text(resourceId), Parameter.Text(space.Model), Parameter.Integer(space.Dimensions),
                    Parameter.Texts([.. entries.Select(entry => entry.Content.ThreadId)]), .. Contents([.. entries.Select(entry => entry.Content)]),
                    Parameter.Texts([.. entries.Select(entry => entry.Role.Name())]), Parameter.Times([.. entries.Select(entry => entry.CreatedAt.ToUniversalTime())]),
                    vectors.Vectors(database.VectorType), vectors.Owners(), vectors.Chunks(),
                ];
            },
            row => true, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<NearestContents> SearchAsync(NearestQuery query, CancellationToken cancellationToken = default)
    {
        database.Require(query.Vector.Space);
        var found = await database.ListAsync(
            "search vectors", Search,
            () =>
            [
                Parameter.Text(query.ThreadId), Parameter.Text(query.ResourceId), Parameter.Text(query.Vector.Space.Model), Parameter.Integer(query.Vector.Space.Dimensions),
                Parameter.Vector(database.VectorType, query.Vector.Values), Parameter.Texts(query.Filter?.Roles?.Select(role => role.Name()).ToArray()),
                Parameter.Time(query.Filter?.From), Parameter.Time(query.Filter?.To), Parameter.Integer(query.Top),
            ],
            row => new NearContent(new ContentVersion(row.GetString(0), row.GetString(1), row.GetInt32(2), Fingerprint(row.GetGuid(3))), row.GetDouble(4)), cancellationToken);
        return new NearestContents(found, IsComplete: found.Count < query.Top);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<VectorEntry>> FetchAsync(EmbeddingSpace space, string resourceId, IReadOnlyList<ContentVersion> contents, CancellationToken cancellationToken = default) =>
        await database.ListAsync(
            "read vectors", Fetch,
            () =>
            [
                Parameter.Texts([.. contents.Select(content => content.ThreadId)]), .. Contents(contents),
                Parameter.Text(resourceId), Parameter.Text(space.Model), Parameter.Integer(space.Dimensions),
            ],
            Entry, cancellationToken);

    /// <inheritdoc/>
    public Task RemoveAsync(string threadId, IReadOnlyList<ContentVersion> contents, CancellationToken cancellationToken = default) => database.ListAsync(
        "remove vectors", RemoveContents, () => [Parameter.Text(threadId), .. Contents(contents)], row => true, cancellationToken);

    /// <inheritdoc/>
    public Task RemoveMessageAsync(string threadId, string messageId, CancellationToken cancellationToken = default) => database.ListAsync(
        "remove a message's vectors", RemoveMessage, () => [Parameter.Text(threadId), Parameter.Text(messageId)], row => true, cancellationToken);

    /// <inheritdoc/>
    public Task RemoveThreadAsync(string threadId, CancellationToken cancellationToken = default) =>
        RemoveAllAsync("remove a thread's vectors", RemoveOfThread, () => [Parameter.Text(threadId), Parameter.Integer(RowsPerRemoval)], cancellationToken);

    /// <inheritdoc/>
    public Task RemoveResourceAsync(string resourceId, CancellationToken cancellationToken = default) =>
        RemoveAllAsync("remove a resource's vectors", RemoveOfResource, () => [Parameter.Text(resourceId), Parameter.Integer(RowsPerRemoval)], cancellationToken);

    /// <inheritdoc/>
    public Task KeepOnlyAsync(EmbeddingSpace space, CancellationToken cancellationToken = default) => RemoveAllAsync(
        "remove the vectors of other spaces", RemoveOtherSpaces,
        () => [Parameter.Text(space.Model), Parameter.Integer(space.Dimensions), Parameter.Integer(RowsPerRemoval)], cancellationToken);

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellationToken = default) =>
        database.ValueAsync<int>("check the database of vectors", Check, () => [], cancellationToken);

    private async Task RemoveAllAsync(string operation, string sql, Func<NpgsqlParameter[]> parameters, CancellationToken cancellationToken)
    {
        while (await database.ValueAsync<long>(operation, sql, parameters, cancellationToken) == RowsPerRemoval)
        {
        }
    }

    private static NpgsqlParameter[] Contents(IReadOnlyList<ContentVersion> contents) =>
    [
        Parameter.Texts([.. contents.Select(content => content.MessageId)]), Parameter.Integers([.. contents.Select(content => (int)content.Revision)]),
        Parameter.Uuids([.. contents.Select(Fingerprint)]),
    ];

    private static VectorEntry Entry(NpgsqlDataReader row) => new(
        new ContentVersion(row.GetString(0), row.GetString(1), row.GetInt32(2), Fingerprint(row.GetGuid(3))), Rows.Role(row.GetString(4)), Rows.Time(row, 5), VectorRows.Values(row.GetValue(6)));

    private static Guid Fingerprint(ContentVersion content) => Parameter.Uuid(Convert.FromHexString(content.Fingerprint));

    private static string Fingerprint(Guid fingerprint) => Convert.ToHexStringLower(fingerprint.ToByteArray(bigEndian: true));
}
