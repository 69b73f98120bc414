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
    // A short run has three, of which a median says little on a machine that others use too.
    private const int Iterations = 7;

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
                .AddJob(Job.ShortRun.WithIterationCount(Iterations).WithToolchain(InProcessEmitToolchain.Instance))
                .WithArtifactsPath(folder.NewFile(""));
            var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(["--filter", line.GetRequiredValue(filter)], config);
            await new Measurement(Machine.Facts(), [Table(summaries)]).WriteAsync(line.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static ResultTable Table(IEnumerable<Summary> summaries) => new(
        "micro",
        [new("loop"), new("median, µs", "#,0.000"), new("standard deviation, µs", "#,0.000"), new("bytes allocated", "N0")],
        [
            .. summaries.SelectMany(summary => summary.Reports).Where(report => report.ResultStatistics is not null).Select(IReadOnlyList<Cell> (report) =>
            [
                report.BenchmarkCase.Descriptor.GetFilterName().Replace("Memory.Benchmarks.Micro.", "", StringComparison.Ordinal),
                report.ResultStatistics!.Median / 1_000, // there is one, as was asked above
                report.ResultStatistics.StandardDeviation / 1_000,
                (double?)report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase),
            ]),
        ]);
}
