using System.Text.Json;

namespace Memory.Storage.LibSql;

/// <summary>Reads what a server answers to a batch.</summary>
internal static class HranaResult
{
    /// <summary>Reads an answer; its rows are good as long as the document.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="answer">The answer's <c>result</c>.</param>
    /// <exception cref="HranaException">A statement failed.</exception>
    public static BatchResult Read(Batch batch, JsonElement answer)
    {
        var stopped = Stopped(batch, answer.GetProperty("step_errors"));
        List<StatementResult> statements = [];
        foreach (var step in answer.GetProperty("step_results").EnumerateArray().Skip(HranaRequest.StepsBefore(batch)).Take(stopped ?? batch.Count))
        {
            statements.Add(new StatementResult([.. step.GetProperty("rows").EnumerateArray().Select(row => new HranaRow(row))], step.GetProperty("affected_row_count").GetInt32()));
        }

        return new BatchResult(statements, stopped);
    }

    private static int? Stopped(Batch batch, JsonElement errors)
    {
        var step = 0;
        foreach (var error in errors.EnumerateArray())
        {
            // The first is the cause; what comes after may be the rollback of a transaction that never began.
            if (error.ValueKind != JsonValueKind.Null)
            {
                var number = step - HranaRequest.StepsBefore(batch);
                return number >= 0 && number < batch.Count && batch.Statements[number].IsRequirement && HranaFaults.IsMalformedJson(error) ? number : throw HranaFaults.Of(error);
            }

            step++;
        }

        return null;
    }
}
