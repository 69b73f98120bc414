using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Micro;

/// <summary><c>micro</c>: BenchmarkDotNet over Core's inner loops.</summary>
internal static class MicroCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var filter = new Option<string>("--filter") { Description = "Which benchmarks, as a pattern over their full names.", DefaultValueFactory = _ => "*" };
        var command = new Command("micro", "Times the lexical encoder, the fingerprint and the index in memory.") { filter };
        command.SetAction(line =>
        {
            using var folder = new TemporaryFolder();
            var config = DefaultConfig.Instance

                // In this process: what is measured allocates little, and a project generated elsewhere would miss this repository's settings.
                .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .WithArtifactsPath(folder.NewFile(""));
            BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(["--filter", line.GetRequiredValue(filter)], config);
        });
        return command;
    }
}
