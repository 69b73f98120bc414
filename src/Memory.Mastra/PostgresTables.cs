using System.Data;
using System.Runtime.CompilerServices;
using Memory.Core;
using Npgsql;

namespace Memory.Mastra;

/// <summary>Mastra's tables in a schema of a PostgreSQL database: threads through a cursor, a hundred at a time, and these threads' messages through one reader.</summary>
internal sealed class PostgresTables : IMastraTables
{
    private const string ReadOnly = "set transaction read only";

    // The schema is the whole search path of the transaction, so that no statement below must be put together.
    private const string SearchPath = "select set_config('search_path', quote_ident($1), true)";
    private const string Columns = """
        select c.relname::text, a.attname::text
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relname = any($2) and a.attnum > 0 and not a.attisdropped
        """;

    // The columns without a time zone hold the local time of whoever wrote them, in rows of older versions.
    private const string Heads = """
        declare heads no scroll cursor for
        select coalesce(r.id, t."resourceId", ''), r.id is not null, r."workingMemory"::text, r.metadata::text,
            coalesce(r."createdAtZ", r."createdAt" at time zone 'UTC'), coalesce(r."updatedAtZ", r."updatedAt" at time zone 'UTC'),
            t.id, t.title, t.metadata::text,
            coalesce(t."createdAtZ", t."createdAt" at time zone 'UTC'), coalesce(t."updatedAtZ", t."updatedAt" at time zone 'UTC'),
            (select count(*) from mastra_messages m where m.thread_id = t.id)
        from mastra_resources r full join mastra_threads t on t."resourceId" = r.id
        order by coalesce(r.id, t."resourceId", '') collate "C", coalesce(t."createdAtZ", t."createdAt" at time zone 'UTC'), t.id collate "C"
        """;
    private const string NextHeads = "fetch 100 from heads";
    private const string Messages = """
        select thread_id, id, "resourceId", role, type, content, coalesce("createdAtZ", "createdAt" at time zone 'UTC')
        from mastra_messages where thread_id = any($1)
        order by array_position($1, thread_id), 7, id collate "C"
        """;
    private const string WithoutThread = "select count(*) from mastra_messages m where not exists (select from mastra_threads t where t.id = m.thread_id)";
    private const string HasObservations = "select count(to_regclass('mastra_observational_memory'))";
    private const string Observations = "select count(*) from mastra_observational_memory";
    private const string Operation = "read the database";

    private readonly NpgsqlConnection connection;

    private PostgresTables(NpgsqlConnection connection) => this.connection = connection;

    /// <exception cref="MemoryStoreException">The database cannot be read, or its schema has none of Mastra's tables.</exception>
    public static async Task<IMastraTables> OpenAsync(NpgsqlConnectionStringBuilder address, string schema, CancellationToken cancellationToken)
    {
        var tables = new PostgresTables(new NpgsqlConnection(address.ConnectionString));
        try
        {
            await Faults.TranslateAsync("connect", async () =>
            {
                await tables.connection.OpenAsync(cancellationToken);
                await tables.connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
                return await tables.BeginAsync(schema, cancellationToken);
            });
            await tables.CheckAsync(schema, cancellationToken);
            return tables;
        }
        catch
        {
            await tables.DisposeAsync();
            throw;
        }
    }

    public async IAsyncEnumerable<MastraRow> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using (var declare = Command(Heads))
        {
            await Faults.TranslateAsync(Operation, () => declare.ExecuteNonQueryAsync(cancellationToken));
        }

        while (await NextHeadsAsync(cancellationToken) is { Count: > 0 } heads)
        {
            object threads = heads.Select(head => head.Thread).OfType<ThreadRow>().Where(thread => thread.Messages > 0).Select(thread => thread.Id).ToArray();
            await using var command = Command(Messages, threads);
            await using var messages = await QueryAsync(command, cancellationToken);
            var isThere = await NextAsync(messages, cancellationToken);
            foreach (var head in heads)
            {
                yield return head;
                while (isThere && messages.GetString(0) == head.Thread?.Id)
                {
                    yield return new MessageRow(messages.GetString(1), Text(messages, 2), messages.GetString(3), messages.GetString(4), messages.GetString(5), Time(messages, 6));
                    isThere = await NextAsync(messages, cancellationToken);
                }
            }
        }
    }

    public Task<long> CountMessagesWithoutThreadAsync(CancellationToken cancellationToken) => CountAsync(WithoutThread, cancellationToken);

    public async Task<long> CountObservationsAsync(CancellationToken cancellationToken) =>
        await CountAsync(HasObservations, cancellationToken) > 0 ? await CountAsync(Observations, cancellationToken) : 0;

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task<int> BeginAsync(string schema, CancellationToken cancellationToken)
    {
        await using var readOnly = Command(ReadOnly);
        await readOnly.ExecuteNonQueryAsync(cancellationToken);
        await using var path = Command(SearchPath, schema);
        return await path.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task CheckAsync(string schema, CancellationToken cancellationToken)
    {
        await using var command = Command(Columns, schema, RequiredColumns.Tables);
        await using var reader = await QueryAsync(command, cancellationToken);
        List<(string Table, string Column)> columns = [];
        while (await NextAsync(reader, cancellationToken))
        {
            columns.Add((reader.GetString(0), reader.GetString(1)));
        }

        RequiredColumns.Check(columns.ToLookup(found => found.Table, found => found.Column), isPostgres: true, $"the schema {schema}");
    }

    private async Task<List<HeadRow>> NextHeadsAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(NextHeads);
        await using var reader = await QueryAsync(command, cancellationToken);
        List<HeadRow> heads = [];
        while (await NextAsync(reader, cancellationToken))
        {
            heads.Add(Head(reader));
        }

        return heads;
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 }; // sorting a large table takes its time, and the caller's token ends it
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }

    private async Task<long> CountAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = Command(sql);
        return await Faults.TranslateAsync(Operation, async () => (long)(await command.ExecuteScalarAsync(cancellationToken))!); // a count is a number
    }

    private static Task<NpgsqlDataReader> QueryAsync(NpgsqlCommand command, CancellationToken cancellationToken) =>
        Faults.TranslateAsync(Operation, () => command.ExecuteReaderAsync(cancellationToken));

    private static Task<bool> NextAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) =>
        Faults.TranslateAsync(Operation, () => reader.ReadAsync(cancellationToken));

    private static HeadRow Head(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetBoolean(1) ? new ResourceRow(Text(row, 2), Text(row, 3), Time(row, 4), Time(row, 5)) : null,
        row.IsDBNull(6) ? null : new ThreadRow(row.GetString(6), Text(row, 7), Text(row, 8), Time(row, 9), Time(row, 10), row.GetInt64(11)));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : new DateTimeOffset(row.GetFieldValue<DateTime>(column), TimeSpan.Zero).ToMicroseconds();
}
