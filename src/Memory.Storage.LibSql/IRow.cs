namespace Memory.Storage.LibSql;

/// <summary>A row of a result, wherever it was read.</summary>
internal interface IRow
{
    bool IsNull(int column);

    long GetInt64(int column);

    int GetInt32(int column);

    bool GetBoolean(int column);

    double GetDouble(int column);

    string GetString(int column);

    /// <summary>A blob; good as long as the row.</summary>
    ReadOnlySpan<byte> GetBytes(int column);
}
