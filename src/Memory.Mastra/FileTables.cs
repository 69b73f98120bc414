using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using Memory.Core;
using Microsoft.Data.Sqlite;

namespace Memory.Mastra;

/// <summary>Mastra's tables in a LibSQL or SQLite file, which may be in use.</summary>
internal sealed class FileTables : IMastraTables
{
    private const string Columns = """
        select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c
        where m.type = 'table' and m.name in ('mastra_threads', 'mastra_messages', 'mastra_resources')
        """;

    // Mastra writes SQLite's binary JSON; its older versions wrote text.
    private const string Heads = """
        select coalesce(r.id, t.resourceId, ''), r.id is not null, r.workingMemory,
            case when json_valid(r.metadata, 8) then json(r.metadata) else cast(r.metadata as text) end, r.createdAt, r.updatedAt,
            t.id, t.title,
            case when json_valid(t.metadata, 8) then json(t.metadata) else cast(t.metadata as text) end, t.createdAt, t.updatedAt,
            (select count(*) from mastra_messages m where m.thread_id = t.id)
        from mastra_resources r full join mastra_threads t on t.resourceId = r.id
        order by 1, t.createdAt, t.id
        """;

    // The order of Mastra's own index, and so of its own listing.
    private const string Messages = """
        select id, resourceId, role, type, content, createdAt from mastra_messages
        where thread_id = $thread
        order by createdAt, rowid
        """;

    private const string WithoutThread = "select count(*) from mastra_messages m where not exists (select 1 from mastra_threads t where t.id = m.thread_id)";
    private const string HasObservations = "select count(*) from sqlite_master where type = 'table' and name = 'mastra_observational_memory'";
    private const string Observations = "select count(*) from mastra_observational_memory";
    private const string Operation = "read the file";

    private static readonly long LastMillisecond = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
    private readonly SqliteConnection connection;

    static FileTables() => SQLitePCL.Batteries_V2.Init();

    private FileTables(SqliteConnection connection) => this.connection = connection;

    /// <exception cref="MemoryStoreException">There is no such file, or it cannot be read, or is none of Mastra's.</exception>
    public static async Task<IMastraTables> OpenAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw Faults.Of("open the file", $"there is no file {path}");
        }

        var tables = new FileTables(new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ConnectionString));
        try
        {
            await Faults.TranslateAsync("open the file", async () =>
            {
                await tables.connection.OpenAsync(cancellationToken);
                using var begin = tables.Command("begin");
                return await begin.ExecuteNonQueryAsync(cancellationToken);
            });
            await tables.CheckAsync(path, cancellationToken);
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
        using var headsCommand = Command(Heads);
        using var messagesCommand = Command(Messages);
        var thread = messagesCommand.Parameters.Add("$thread", SqliteType.Text);
        await using var heads = await QueryAsync(headsCommand, cancellationToken);
        while (await NextAsync(heads, cancellationToken))
        {
            var head = Head(heads);
            yield return head;
            if (head.Thread is not { Messages: > 0 })
            {
                continue;
            }

            thread.Value = head.Thread.Id;
            await using var messages = await QueryAsync(messagesCommand, cancellationToken);
            while (await NextAsync(messages, cancellationToken))
            {
                yield return new MessageRow(
                    messages.GetString(0), Text(messages, 1), messages.GetString(2), messages.GetString(3), messages.GetString(4), Time(messages, 5));
            }
        }
    }

    public Task<long> CountMessagesWithoutThreadAsync(CancellationToken cancellationToken) => CountAsync(WithoutThread, cancellationToken);

    public async Task<long> CountObservationsAsync(CancellationToken cancellationToken) =>
        await CountAsync(HasObservations, cancellationToken) > 0 ? await CountAsync(Observations, cancellationToken) : 0;

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task CheckAsync(string path, CancellationToken cancellationToken)
    {
        using var command = Command(Columns);
        await using var reader = await QueryAsync(command, cancellationToken);
        List<(string Table, string Column)> columns = [];
        while (await NextAsync(reader, cancellationToken))
        {
            columns.Add((reader.GetString(0), reader.GetString(1)));
        }

        RequiredColumns.Check(columns.ToLookup(found => found.Table, found => found.Column), isPostgres: false, $"the file {path}");
    }

    private SqliteCommand Command(string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    private async Task<long> CountAsync(string sql, CancellationToken cancellationToken)
    {
        using var command = Command(sql);
        return await Faults.TranslateAsync(Operation, async () => Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture));
    }

    private static Task<SqliteDataReader> QueryAsync(SqliteCommand command, CancellationToken cancellationToken) =>
        Faults.TranslateAsync(Operation, () => command.ExecuteReaderAsync(cancellationToken));

    private static Task<bool> NextAsync(SqliteDataReader reader, CancellationToken cancellationToken) =>
        Faults.TranslateAsync(Operation, () => reader.ReadAsync(cancellationToken));

    private static HeadRow Head(SqliteDataReader row) => new(
        row.GetString(0),
        row.GetBoolean(1) ? new ResourceRow(Text(row, 2), Text(row, 3), Time(row, 4), Time(row, 5)) : null,
        row.IsDBNull(6) ? null : new ThreadRow(row.GetString(6), Text(row, 7), Text(row, 8), Time(row, 9), Time(row, 10), row.GetInt64(11)));

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    // Texts of RFC 3339 as JavaScript writes them, or whatever else a caller took for a time, such as its count of milliseconds.
    private static DateTimeOffset? Time(DbDataReader row, int column) => row.GetValue(column) switch
    {
        string text when Timestamps.TryParseRfc3339(text, out var time) => time,
        string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds <= LastMillisecond => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
        string text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) => time.ToMicroseconds(),
        _ => null,
    };
}
