using System.CommandLine;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Costs;

/// <summary><c>costs</c>: what each call takes, apart from time.</summary>
internal static class CostsCommand
{
    /// <summary>The table.</summary>
    public const string Table = "costs";

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var backend = new BackendOptions();
        var lengths = new Option<int[]>("--lengths") { Description = "Lengths of the thread.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [10, 1_000, 100_000] };
        var json = Measurement.NewJsonOption();
        var command = new Command("costs", "Counts requests, bytes and allocations of each call at several lengths of a thread, by words and with vectors.") { lengths, json };
        backend.AddTo(command);
        command.SetAction(async (line, cancellationToken) =>
        {
            using var folder = new TemporaryFolder();
            await using var measured = await backend.Read(line).OpenAsync(folder, cancellationToken);
            List<IReadOnlyList<Cell>> rows = [];
            foreach (var length in line.GetRequiredValue(lengths))
            {
                foreach (var withVectors in (bool[])[false, true])
                {
                    // 100,000 vectors of 1,536 dimensions take minutes to write, and change no count.
                    if (!withVectors || length <= 10_000)
                    {
                        rows.AddRange((await new CallCosts(measured, withVectors).CountAsync(length, CallCosts.Calls, cancellationToken)).Select(cost => Row(cost, withVectors)));
                    }
                }
            }

            var facts = Machine.Facts();
            facts["backend"] = measured.Description;
            var columns = (Column[])[new("call"), new("recall goes by"), new("messages in the thread", "N0"), new("requests", "0.##"), new("bytes sent", "N0"), new("bytes received", "N0"), new("bytes allocated", "N0")];
            await new Measurement(facts, [new ResultTable(Table, columns, rows)]).WriteAsync(line.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static IReadOnlyList<Cell> Row(CallCost cost, bool withVectors) =>
        [cost.Call, withVectors ? "words and vectors" : "words", cost.Messages, cost.Requests, cost.Sent, cost.Received, cost.Allocated];
}
