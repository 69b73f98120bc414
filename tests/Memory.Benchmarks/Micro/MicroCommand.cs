using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;
using Measurement = Memory.Benchmarks.Results.Measurement;

namespace Memory.Benchmarks.Micro;

/// <summary><c>micro</c>: BenchmarkDotNet over the inner loops.</summary>
internal static class MicroCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var filter = new Option<string>("--filter") { Description = "Which benchmarks, as a pattern over their full names.", DefaultValueFactory = _ => "*" };
        var json = Measurement.NewJsonOption();
        var command = new Command("micro", "Times inner loops: the lexical encoder, the fingerprint, the index in memory, vectors, fusion, tokens and JSON.") { filter, json };
        command.SetAction(async (line, cancellationToken) =>
        {
            using var folder = new TemporaryFolder();
            var config = DefaultConfig.Instance

                // In this process: what is measured allocates little, and a project generated elsewhere would miss this repository's settings.
                .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .WithArtifactsPath(folder.NewFile(""));
            var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(["--filter", line.GetRequiredValue(filter)], config);
            await new Measurement(Machine.Facts(), [Table(summaries)]).WriteAsync(line.GetValue(json), cancellationToken);
        });
        return command;
    }

    // ± is half of the confidence interval that BenchmarkDotNet gives, at 99.9 %.
    private static ResultTable Table(IEnumerable<Summary> summaries) => new(
        "micro",
        [new("loop"), new("mean, µs", "#,0.000"), new("±, µs", "#,0.000"), new("bytes allocated", "N0")],
        [
            .. summaries.SelectMany(summary => summary.Reports).Where(report => report.ResultStatistics is not null).Select(IReadOnlyList<Cell> (report) =>
            [
                report.BenchmarkCase.Descriptor.GetFilterName().Replace("Memory.Benchmarks.Micro.", "", StringComparison.Ordinal),
                report.ResultStatistics!.Mean / 1_000, // there is one, as was asked above
                report.ResultStatistics.ConfidenceInterval.Margin / 1_000,
                (double?)report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase),
            ]),
        ]);
}
