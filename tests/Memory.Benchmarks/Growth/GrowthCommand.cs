using System.CommandLine;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Growth;

/// <summary><c>growth</c>: how long calls take while the store grows a thousandfold and more.</summary>
internal static class GrowthCommand
{
    // Fills have limits of their own, and what is timed takes a few minutes more: a run that takes longer than this hangs.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(40);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var backend = new BackendOptions();
        var most = new Option<int>("--most")
        {
            Description = "The most messages in one resource; each step has ten times as many as the one before, from 100 on.",
            DefaultValueFactory = _ => 1_000_000,
        };
        var json = Measurement.NewJsonOption();
        var command = new Command("growth", "Measures appends, reads and recalls in process while one resource grows from a hundred messages to a million. Leaves nothing behind.") { most, json };
        backend.AddTo(command);
        command.SetAction(async (line, cancellationToken) =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Limit);
            using var folder = new TemporaryFolder();
            await using var measured = await backend.Read(line).OpenAsync(folder, limit.Token);
            var corpus = new Corpus(line.GetValue(most));
            var run = new GrowthRun(measured, corpus);
            List<ResultTable> tables = [];
            foreach (var set in GrowthSet.All(line.GetValue(most), measured.ComparesVectors))
            {
                tables.AddRange(await run.RunAsync(set, limit.Token));
            }

            var facts = Machine.Facts();
            facts["backend"] = measured.Description;
            facts["messages"] = $"{corpus}; one caller, by words alone unless it says otherwise";
            await new Measurement(facts, tables).WriteAsync(line.GetValue(json), limit.Token);
        });
        return command;
    }
}
