namespace Memory.Storage.LibSql;

/// <summary>A row with its values, which stays when its statement goes on.</summary>
internal sealed class SqliteValues(object?[] values) : IRow
{
    /// <summary>Copies the row that a statement stands on.</summary>
    public static IRow Of(SqliteRow row) => new SqliteValues(row.GetValues());

    public bool IsNull(int column) => values[column] is null;

    public long GetInt64(int column) => (long)values[column]!; // the caller knows which may be null; so below

    public int GetInt32(int column) => (int)GetInt64(column);

    public bool GetBoolean(int column) => GetInt64(column) != 0;

    public double GetDouble(int column) => values[column] is long number ? number : (double)values[column]!;

    public string GetString(int column) => (string)values[column]!;

    public ReadOnlySpan<byte> GetBytes(int column) => (byte[])values[column]!;
}
