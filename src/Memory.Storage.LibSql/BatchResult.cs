namespace Memory.Storage.LibSql;

/// <summary>What became of a batch.</summary>
/// <param name="statements">The results of its statements, in order, as far as they were carried out.</param>
/// <param name="stopped">The condition that did not hold, so that nothing was done; null when all did.</param>
internal sealed class BatchResult(IReadOnlyList<StatementResult> statements, int? stopped)
{
    /// <summary>The condition that did not hold, so that nothing was done; null when all did.</summary>
    public int? Stopped { get; } = stopped;

    /// <summary>How many rows a statement changed.</summary>
    public int Changed(int number) => statements[number].Changed;

    /// <summary>The rows of a statement.</summary>
    public IReadOnlyList<IRow> Rows(int number) => statements[number].Rows;

    /// <summary>The rows of a statement, read.</summary>
    public List<T> All<T>(int number, Func<IRow, T> read) => [.. Rows(number).Select(read)];

    /// <summary>The first row of a statement, or null.</summary>
    public T? First<T>(int number, Func<IRow, T> read)
        where T : class => Rows(number) is [var row, ..] ? read(row) : null;

    /// <summary>The first column of the first row of a statement, or null.</summary>
    public long? Number(int number) => Rows(number) is [var row, ..] && !row.IsNull(0) ? row.GetInt64(0) : null;
}

/// <summary>What became of a statement.</summary>
/// <param name="Rows">Its rows.</param>
/// <param name="Changed">How many rows of tables it changed.</param>
internal sealed record StatementResult(IReadOnlyList<IRow> Rows, int Changed);
