using System.CommandLine;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Growth;

/// <summary><c>growth-plot</c>: draws what <c>growth</c> measured.</summary>
internal static class GrowthPlotCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var files = new Argument<FileInfo[]>("files") { Description = "What growth wrote with --json, one file for each backend.", Arity = ArgumentArity.OneOrMore };
        files.AcceptExistingOnly();
        var to = new Option<FileInfo>("--out") { Description = "The SVG file to write.", Required = true };
        var command = new Command("growth-plot", "Draws what growth measured: a panel for each call, a line for each backend.") { files, to };
        command.SetAction(async (line, cancellationToken) =>
        {
            var texts = await Task.WhenAll(line.GetRequiredValue(files).Select(file => File.ReadAllTextAsync(file.FullName, cancellationToken)));
            await File.WriteAllTextAsync(line.GetRequiredValue(to).FullName, GrowthPlot.Draw([.. texts.Select(Measurement.Parse)]), cancellationToken);
        });
        return command;
    }
}
