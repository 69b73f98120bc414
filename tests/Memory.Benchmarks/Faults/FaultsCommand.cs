using System.CommandLine;
using System.Globalization;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Faults;

/// <summary><c>faults</c>: breaks the product on purpose, and counts what was answered and what is there.</summary>
internal static class FaultsCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var seconds = new Option<int>("--seconds") { Description = "How long each fault comes and goes, at most ten minutes.", DefaultValueFactory = _ => 20 };
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 600)
            {
                result.AddError("--seconds must be 1 to 600.");
            }
        });
        var only = new Option<string>("--only") { Description = "Only the scenarios whose name ('server killed, PostgreSQL') contains this.", DefaultValueFactory = _ => "" };
        var seed = new Option<int>("--seed") { Description = "Decides what happens when, as far as we do; another one each time unless given.", DefaultValueFactory = _ => Environment.TickCount };
        var json = Measurement.NewJsonOption();
        var command = new Command(
            "faults",
            "Writes to the product while servers, databases, networks, disks, clocks, queues and embedders fail, and counts what was answered and what is there. "
            + "Uses the servers of tests/servers, by the variables these print.")
        {
            seconds, only, seed, json,
        };
        command.SetAction(async (line, cancellationToken) =>
        {
            var (number, text) = (line.GetValue(seed), line.GetRequiredValue(only));
            var run = new FaultRun(TimeSpan.FromSeconds(line.GetValue(seconds)), number);
            List<FaultResult> results = [];
            List<(string Fault, string Backend, string Reason)> leftOut = [.. Scenarios.LeftOut.Where(one => $"{one.Fault}, {one.Backend}".Contains(text, StringComparison.OrdinalIgnoreCase))];
            foreach (var scenario in Scenarios.All.Where(one => one.ToString().Contains(text, StringComparison.OrdinalIgnoreCase)))
            {
                try
                {
                    results.Add(await run.RunAsync(scenario, cancellationToken));
                    await Console.Error.WriteLineAsync(results[^1].ToString().AsMemory(), cancellationToken);
                }
                catch (LeftOutException exception)
                {
                    leftOut.Add((scenario.Fault, scenario.Backend, exception.Message));
                }
            }

            var facts = Machine.Facts();
            facts["seed"] = number.ToString(CultureInfo.InvariantCulture);
            await new Measurement(facts,
            [
                new ResultTable("faults", FaultResult.Columns, [.. results.Select(result => result.Row)]),
                new ResultTable("left out", [new("fault"), new("backend"), new("reason")], [.. leftOut.Select(one => (IReadOnlyList<Cell>)[one.Fault, one.Backend, one.Reason])]),
            ]).WriteAsync(line.GetValue(json), cancellationToken);
            return results.All(result => result.IsClean) ? 0 : 1;
        });
        return command;
    }
}
