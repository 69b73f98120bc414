using System.Text;
using SQLitePCL;

namespace Memory.Storage.LibSql;

/// <summary>The row that a statement stands on; gone with its next step.</summary>
internal readonly struct SqliteRow(sqlite3_stmt statement)
{
    public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    public long GetInt64(int column) => raw.sqlite3_column_int64(statement, column);

    public int GetInt32(int column) => raw.sqlite3_column_int(statement, column);

    public bool GetBoolean(int column) => raw.sqlite3_column_int(statement, column) != 0;

    public string GetString(int column) => Encoding.UTF8.GetString(GetBytes(column));

    /// <summary>A blob, or a text's UTF-8, where SQLite keeps it.</summary>
    public ReadOnlySpan<byte> GetBytes(int column) => raw.sqlite3_column_blob(statement, column);

    /// <summary>Copies of all its values: long, double, string, byte[] or null.</summary>
    public object?[] GetValues()
    {
        var values = new object?[raw.sqlite3_column_count(statement)];
        for (var column = 0; column < values.Length; column++)
        {
            values[column] = raw.sqlite3_column_type(statement, column) switch
            {
                raw.SQLITE_INTEGER => GetInt64(column),
                raw.SQLITE_FLOAT => raw.sqlite3_column_double(statement, column),
                raw.SQLITE_TEXT => GetString(column),
                raw.SQLITE_BLOB => GetBytes(column).ToArray(),
                _ => null,
            };
        }

        return values;
    }
}
