using System.Globalization;
using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>
/// Gives a resource with many vectors an HNSW index of its own over their signs, and takes it away with the resource or the space. One index for all resources would be paid
/// for by every append, and would have to pass over everybody else's vectors in each search; whole vectors in it would take as much space again (docs/decisions/0008).
/// </summary>
public sealed class VectorIndexes(PostgresDatabase database) : IUpkeep
{
    // The index knows of each number its sign alone: of fewer numbers the signs say too little, and comparing them all takes little time.
    private const int LeastDimensions = 256;

    private const string Operation = "look after the vector indexes";

    // By the threads' counts, which are few; only a resource that may be large enough has its vectors counted.
    private const string FindLarge =
        """
        select r.key, s.key, s.dimensions
        from (select * from {vector_spaces} order by key desc limit 1) s
            cross join {resources} r
        where r.indexed_space is distinct from s.key
          and (select sum(t.message_count) from {threads} t where t.resource_key = r.key) >= $1
          and (select count(*) from (select from {vectors} v where v.resource_key = r.key and v.space_key = s.key and v.vector is not null limit $1) v) >= $1
        order by r.key
        """;

    // The table itself, or those of its partitions that hold something of the resource.
    private const string FindTables =
        "select distinct v.tableoid::bigint, v.tableoid::regclass::text from {vectors} v where v.resource_key = $1 and v.space_key = $2 order by 1";

    private const string FindExtension = "select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'vector'";

    private const string FindState =
        """
        select i.indisvalid, exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)
        from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relname = $2
        """;

    private const string NoteIndex = "update {resources} set indexed_space = $2 where key = $1 returning 1";

    // Named after the table, the resource and the space. Materialized: other names have no numbers in these places.
    private const string FindStale =
        """
        with named as materialized (
            select c.relname, string_to_array(c.relname, '_') as parts from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = $1 and c.relkind = 'i' and c.relname ~ '^hnsw_[0-9]+_[0-9]+_[0-9]+$'
        )
        select i.relname from named i
        where (i.parts[2]::oid = {vectors:text}::regclass
            or exists (select from pg_inherits h where h.inhparent = {vectors:text}::regclass and h.inhrelid = i.parts[2]::oid))
          and not exists (
            select from {resources} r where r.key = i.parts[3]::integer and i.parts[4]::integer = (select max(s.key) from {vector_spaces} s))
        """;

    /// <inheritdoc/>
    /// <exception cref="MemoryStoreException">The database could not do it; among others, the role does not own the tables.</exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        foreach (var name in await database.ListAsync(Operation, FindStale, () => [Parameter.Text(database.Names.Schema)], row => row.GetString(0), cancellationToken))
        {
            await DropAsync(name, cancellationToken);
        }

        if (database.IndexFrom == 0)
        {
            return;
        }

        var place = (await database.ListAsync(Operation, FindExtension, () => [], row => row.GetString(0), cancellationToken))[0]; // the tables have its type
        var large = await database.ListAsync(
            Operation, FindLarge, () => [Parameter.Bigint(database.IndexFrom)], row => (Resource: row.GetInt32(0), Space: row.GetInt32(1), Dimensions: row.GetInt32(2)), cancellationToken);
        foreach (var (resource, space, dimensions) in large)
        {
            if (dimensions >= LeastDimensions && await MakeAsync(resource, space, dimensions, place, cancellationToken))
            {
                await database.ListAsync(Operation, NoteIndex, () => [Parameter.Integer(resource), Parameter.Integer(space)], row => row.GetInt32(0), cancellationToken);
            }
        }
    }

    /// <summary>Makes the indexes of a resource, without holding up anybody who writes.</summary>
    /// <returns>Whether all are there to be used; another process may still be at it.</returns>
    private async Task<bool> MakeAsync(int resource, int space, int dimensions, string place, CancellationToken cancellationToken)
    {
        var all = true;
        var tables = await database.ListAsync(
            Operation, FindTables, () => [Parameter.Integer(resource), Parameter.Integer(space)], row => (Id: row.GetInt64(0), Name: row.GetString(1)), cancellationToken);
        foreach (var (id, table) in tables)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"hnsw_{id}_{resource}_{space}");
            var state = await StateAsync(name, cancellationToken);
            if (state is (_, IsBeingMade: true))
            {
                return false; // by another process
            }

            if (state is (IsValid: false, _))
            {
                await DropAsync(name, cancellationToken); // what an interrupted attempt has left
            }

            // The expression and the condition are those that search_messages asks with.
            await ExecuteAsync(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"""
                    create index concurrently if not exists {PostgresNames.Quote(name)} on {table}
                    using hnsw (({place}.binary_quantize(vector)::bit({dimensions})) {place}.bit_hamming_ops) where resource_key = {resource} and space_key = {space}
                    """),
                cancellationToken);
            all &= await StateAsync(name, cancellationToken) is (IsValid: true, _);
        }

        return all;
    }

    private async Task<(bool IsValid, bool IsBeingMade)?> StateAsync(string name, CancellationToken cancellationToken) =>
        (await database.ListAsync(
            Operation, FindState, () => [Parameter.Text(database.Names.Schema), Parameter.Text(name)], row => (row.GetBoolean(0), row.GetBoolean(1)), cancellationToken)) is [var state] ? state : null;

    private Task DropAsync(string name, CancellationToken cancellationToken) =>
        ExecuteAsync($"drop index concurrently if exists {database.Names.Fill("{schema}")}.{PostgresNames.Quote(name)}", cancellationToken);

    // These run outside a transaction, and as long as they need.
    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.ConnectAsync(cancellationToken);
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException fault) when (fault.SqlState == "42501")
        {
            throw new MemoryStoreException(
                Faults.Store, Operation, isTransient: false, "the role does not own the tables; have their owner run the service once, or set Memory:Postgres:IndexFrom to 0", fault);
        }
        catch (PostgresException fault) when (fault.SqlState == "40P01")
        {
            // Two that make the same index wait for each other. The other goes on, or the next time tries again.
        }
        catch (Exception fault) when (fault is NpgsqlException or TimeoutException)
        {
            throw Faults.Translate(fault, Operation);
        }
    }
}
