using System.Text;
using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>Working memory documents by their owner's key.</summary>
internal static class WorkingMemoryTable
{
    private const string Owner =
        """
        select case when $1 then (select t.key from {threads} t where t.id = $2 and ($3::text is null or t.resource_key = (select o.key from {resources} o where o.id = $3)))
            else (select r.key::bigint from {resources} r where r.id = $2) end
        """;

    private const string Find = $"select is_json, document, version, updated_at from {{working_memory}} where is_thread = $1 and owner_key = ({Owner})";

    // The owner is locked, so that it cannot go while its document comes.
    private const string PutForThread =
        $$"""
        with owner as (select t.key from {threads} t where t.id = $2 and ($8::text is null or t.resource_key = (select o.key from {resources} o where o.id = $8)) for key share of t),
        {{Put}}
        """;

    private const string PutForResource = $"with owner as (select case when coalesce($7, 0) = 0 then {{ensure_resource}}($2, $6) else (select r.key from {{resources}} r where r.id = $2) end::bigint as key), {Put}";

    private const string Put =
        """
        written as (
            insert into {working_memory} as w (is_thread, owner_key, is_json, document, version, updated_at)
            select $1, o.key, $3, $4, $5, $6 from owner o
            where o.key is not null and ($7::bigint is null or $7 = coalesce((select d.version from {working_memory} d where d.is_thread = $1 and d.owner_key = o.key), 0))
            on conflict (is_thread, owner_key) do update
            set is_json = excluded.is_json, document = excluded.document, version = excluded.version, updated_at = excluded.updated_at
            where $7 is null or w.version = $7
            returning 1
        )
        select exists (select from owner), exists (select from written)
        """;

    private const string Delete = $"delete from {{working_memory}} where is_thread = $1 and owner_key = ({Owner}) and ($4::bigint is null or version = $4) returning true";

    public static Task<WorkingMemoryDocument?> FindAsync(PostgresDatabase database, WorkingMemoryOwner owner, CancellationToken cancellationToken) => database.FindAsync(
        "read working memory", Find, () => [Parameter.Boolean(owner.IsThread), Parameter.Text(owner.Id), Parameter.Text(owner.ResourceId)],
        row => new WorkingMemoryDocument(row.GetBoolean(0), Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(1)), row.GetInt64(2), Rows.Time(row, 3)), cancellationToken);

    public static async Task<bool> PutAsync(
        PostgresDatabase database, WorkingMemoryOwner owner, WorkingMemoryDocument document, long? version, CancellationToken cancellationToken)
    {
        var (isThere, isWritten) = (await database.ListAsync(
            "write working memory", owner.IsThread ? PutForThread : PutForResource,
            () =>
            [
                Parameter.Boolean(owner.IsThread), Parameter.Text(owner.Id), Parameter.Boolean(document.IsJson), Parameter.Bytes(Encoding.UTF8.GetBytes(document.Text)), Parameter.Bigint(document.Version), Parameter.Time(document.UpdatedAt), Parameter.Bigint(version),
                .. owner.IsThread ? (NpgsqlParameter[])[Parameter.Text(owner.ResourceId)] : [],
            ],
            row => (row.GetBoolean(0), row.GetBoolean(1)), cancellationToken, isRepeatable: version is null))[0];
        return isThere ? isWritten : throw RefusedException.NoThread(owner.Id);
    }

    public static async Task<bool> DeleteAsync(PostgresDatabase database, WorkingMemoryOwner owner, long? version, CancellationToken cancellationToken) =>
        (await database.ListAsync(
            "delete working memory", Delete, () => [Parameter.Boolean(owner.IsThread), Parameter.Text(owner.Id), Parameter.Text(owner.ResourceId), Parameter.Bigint(version)], row => row.GetBoolean(0), cancellationToken, isRepeatable: false)).Count == 1;
}
