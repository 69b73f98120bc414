using System.CommandLine;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Load;

/// <summary><c>run</c>: measures a backend from the outside, beside the raw driver and, on request, the peer.</summary>
internal static class RunCommand
{
    // A run that takes longer than this hangs.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(60);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var backend = new BackendOptions();
        var json = Measurement.NewJsonOption();
        var only = new Option<string[]>("--only") { Description = "Only the lines whose name contains one of these.", AllowMultipleArgumentsPerToken = true };
        var subject = new Option<string[]>("--subject") { Description = "Only these columns.", AllowMultipleArgumentsPerToken = true };
        subject.AcceptOnlyFromAmong(Subjects.InProcess, Subjects.Http, Subjects.Bare, Subjects.Scan, Subjects.Peer);
        var rounds = new Option<int>("--rounds") { Description = "How often each line is run; the median is shown.", DefaultValueFactory = _ => 3 };
        var peer = new Option<DirectoryInfo?>("--peer") { Description = "Also runs the peer; its packages are installed into this folder, which should lie outside the repository." };
        var server = new Option<FileInfo?>("--server")
        {
            Description = "The server to measure, a .dll or an executable.",
            DefaultValueFactory = _ => RunSettings.BuiltServer(),
        };
        var command = new Command("run", "Measures appends and recalls with and without vectors, reads, memory, disk and cold start. Takes some minutes; leaves nothing behind.")
        {
            json, only, subject, rounds, peer, server,
        };
        backend.AddTo(command);
        command.SetAction(async (line, cancellationToken) =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Limit);
            var settings = new RunSettings(
                backend.Read(line), line.GetValue(only) ?? [], line.GetValue(subject) ?? [], line.GetValue(rounds), line.GetValue(peer), line.GetValue(server));
            var report = await LoadRun.RunAsync(settings, limit.Token);
            await report.ToMeasurement().WriteAsync(line.GetValue(json), limit.Token);
        });
        return command;
    }
}
