using System.Text.Json;

namespace Memory.Storage.LibSql;

/// <summary>What a server answered to a batch; read before its document is given back.</summary>
internal sealed class BatchResult
{
    private readonly Batch batch;
    private readonly JsonElement results;

    /// <summary>Reads an answer.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="answer">The answer's <c>result</c>.</param>
    /// <exception cref="HranaException">A statement failed.</exception>
    public BatchResult(Batch batch, JsonElement answer)
    {
        (this.batch, results) = (batch, answer.GetProperty("step_results"));
        var step = 0;
        foreach (var error in answer.GetProperty("step_errors").EnumerateArray())
        {
            // The first is the cause; what comes after may be the rollback of a transaction that never began.
            if (error.ValueKind != JsonValueKind.Null)
            {
                var number = step - batch.First;
                Stopped = number >= 0 && number < batch.Count && batch.IsRequirement(number) && HranaFaults.IsMalformedJson(error)
                    ? number
                    : throw HranaFaults.Of(error);
                return;
            }

            step++;
        }
    }

    /// <summary>The condition that did not hold, so that nothing was done; null when all did.</summary>
    public int? Stopped { get; }

    /// <summary>How many rows a statement changed.</summary>
    public int Changed(int number) => Result(number).GetProperty("affected_row_count").GetInt32();

    /// <summary>The rows of a statement.</summary>
    public IEnumerable<HranaRow> Rows(int number)
    {
        foreach (var row in Result(number).GetProperty("rows").EnumerateArray())
        {
            yield return new HranaRow(row);
        }
    }

    /// <summary>The rows of a statement, read.</summary>
    public List<T> All<T>(int number, Func<HranaRow, T> read) => [.. Rows(number).Select(read)];

    /// <summary>The first row of a statement, or null.</summary>
    public T? First<T>(int number, Func<HranaRow, T> read)
        where T : class
    {
        foreach (var row in Rows(number))
        {
            return read(row);
        }

        return null;
    }

    /// <summary>The first column of the first row of a statement, or null.</summary>
    public long? Number(int number)
    {
        foreach (var row in Rows(number))
        {
            return row.IsNull(0) ? null : row.GetInt64(0);
        }

        return null;
    }

    private JsonElement Result(int number) => results[number + batch.First];
}
