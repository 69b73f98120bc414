using System.CommandLine;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Plots;

/// <summary><c>load-plot</c>: draws what <c>load</c> measured.</summary>
internal static class LoadPlotCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var files = new Argument<FileInfo[]>("FILE") { Description = "What load --json wrote, for each backend.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<FileInfo>("--out") { Description = "The picture, as SVG.", Required = true };
        var command = new Command("load-plot", "Draws latency against rate, in an open loop, for each backend.") { files, output };
        command.SetAction(async (line, cancellationToken) =>
        {
            List<Measurement> runs = [];
            foreach (var file in line.GetRequiredValue(files))
            {
                runs.Add(Measurement.Parse(await File.ReadAllTextAsync(file.FullName, cancellationToken)));
            }

            await File.WriteAllTextAsync(line.GetRequiredValue(output).FullName, LoadPlot.Draw(runs), cancellationToken);
        });
        return command;
    }
}
