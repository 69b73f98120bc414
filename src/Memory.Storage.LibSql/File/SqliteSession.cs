using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Memory.Storage.LibSql;

/// <summary>
/// A connection with its prepared statements; used by one thread at a time. Straight on SQLite's own functions: an append is a dozen statements of a few
/// microseconds each, and the general driver took as long as they did (docs/decisions/0006).
/// </summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly Dictionary<string, sqlite3_stmt> prepared = new(StringComparer.Ordinal);
    private readonly sqlite3 connection;

    static SqliteSession() => Batteries_V2.Init();

    /// <summary>Opens a file, making it if need be.</summary>
    /// <param name="path">The file, or <c>:memory:</c>.</param>
    /// <param name="busyTimeoutSeconds">How long to wait for another process's lock.</param>
    /// <param name="mayCreate">Whether a missing file is made.</param>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public SqliteSession(string path, int busyTimeoutSeconds, bool mayCreate = true)
    {
        var result = raw.sqlite3_open_v2(path, out connection, raw.SQLITE_OPEN_READWRITE | (mayCreate ? raw.SQLITE_OPEN_CREATE : 0) | raw.SQLITE_OPEN_NOMUTEX, null);
        try
        {
            Check(result);
            Execute($"pragma busy_timeout = {busyTimeoutSeconds * 1000}");

            // A function of a libSQL server's, for the statements that both carry out.
            Check(raw.sqlite3_create_function(
                connection, "vector_distance_cos", 2, raw.SQLITE_DETERMINISTIC, null,
                static (context, _, values) => raw.sqlite3_result_double(
                    context, 1.0 - TensorPrimitives.Dot(MemoryMarshal.Cast<byte, float>(raw.sqlite3_value_blob(values[0])), MemoryMarshal.Cast<byte, float>(raw.sqlite3_value_blob(values[1]))))));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether a transaction is open; SQLite ends one by itself after some errors, such as a full disk.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(connection) == 0;

    /// <summary>How many rows were changed since it was opened, rolled back or not.</summary>
    public int TotalChanges => raw.sqlite3_total_changes(connection);

    /// <summary>How many statements were run since it was opened.</summary>
    public int Statements { get; private set; }

    /// <summary>How many pages were written to the log since this was last asked.</summary>
    public int TakePagesWritten()
    {
        // It fails for an unknown counter only.
        _ = raw.sqlite3_db_status(connection, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1);
        return pages;
    }

    /// <summary>Runs a statement with values for ?1, ?2 … and returns how many rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        var statement = Bind(sql, values);
        try
        {
            while (Step(statement))
            {
            }

            return raw.sqlite3_changes(connection);
        }
        finally
        {
            Release(statement);
        }
    }

    /// <summary>Carries out a batch within the transaction that is open, as far as its conditions hold.</summary>
    public BatchResult Run(Batch batch)
    {
        List<StatementResult> results = new(batch.Count);
        foreach (var statement in batch.Statements)
        {
            try
            {
                var rows = All(statement.Sql, SqliteValues.Of, statement.Values);
                results.Add(new StatementResult(rows, raw.sqlite3_changes(connection)));
            }
            catch (SqliteException exception) when (statement.IsRequirement && exception.IsMalformedJson)
            {
                return new BatchResult(results, stopped: results.Count);
            }
        }

        return new BatchResult(results, stopped: null);
    }

    /// <summary>The first row, or null.</summary>
    public T? First<T>(string sql, Func<SqliteRow, T> read, params ReadOnlySpan<object?> values)
        where T : class
    {
        var statement = Bind(sql, values);
        try
        {
            return Step(statement) ? read(new SqliteRow(statement)) : null;
        }
        finally
        {
            Release(statement);
        }
    }

    /// <summary>The first column of the first row, or null.</summary>
    public long? Number(string sql, params ReadOnlySpan<object?> values)
    {
        var statement = Bind(sql, values);
        try
        {
            return Step(statement) && new SqliteRow(statement) is var row && !row.IsNull(0) ? row.GetInt64(0) : null;
        }
        finally
        {
            Release(statement);
        }
    }

    /// <summary>All rows.</summary>
    public List<T> All<T>(string sql, Func<SqliteRow, T> read, params ReadOnlySpan<object?> values)
    {
        List<T> rows = [];
        Each(
            sql,
            row =>
            {
                rows.Add(read(row));
                return true;
            },
            values);
        return rows;
    }

    /// <summary>Walks the rows without keeping them, until a visit says no.</summary>
    public void Each(string sql, Func<SqliteRow, bool> visit, params ReadOnlySpan<object?> values)
    {
        var statement = Bind(sql, values);
        try
        {
            while (Step(statement) && visit(new SqliteRow(statement)))
            {
            }
        }
        finally
        {
            Release(statement);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in prepared.Values)
        {
            statement.Dispose();
        }

        connection.Dispose();
    }

    private static void Release(sqlite3_stmt statement)
    {
        // What a reset returns is the error that the step has thrown already. Values must not be held until the next use.
        raw.sqlite3_reset(statement);
        raw.sqlite3_clear_bindings(statement);
    }

    private sqlite3_stmt Bind(string sql, ReadOnlySpan<object?> values)
    {
        if (!prepared.TryGetValue(sql, out var statement))
        {
            Check(raw.sqlite3_prepare_v3(connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out statement));
            prepared.Add(sql, statement);
        }

        Statements++;
        for (var i = 0; i < values.Length; i++)
        {
            Check(values[i] switch
            {
                null => raw.sqlite3_bind_null(statement, i + 1),
                long number => raw.sqlite3_bind_int64(statement, i + 1, number),
                int number => raw.sqlite3_bind_int(statement, i + 1, number),
                bool flag => raw.sqlite3_bind_int(statement, i + 1, flag ? 1 : 0),
                string text => raw.sqlite3_bind_text(statement, i + 1, text),
                byte[] blob => raw.sqlite3_bind_blob(statement, i + 1, blob),
                var other => throw new ArgumentException($"A value of type {other.GetType()} has no place in a statement.", nameof(values)),
            });
        }

        return statement;
    }

    private bool Step(sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            throw new SqliteException(result, raw.sqlite3_errmsg(connection).utf8_to_string());
        }

        return result == raw.SQLITE_ROW;
    }

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            throw new SqliteException(result, raw.sqlite3_errmsg(connection).utf8_to_string());
        }
    }
}
