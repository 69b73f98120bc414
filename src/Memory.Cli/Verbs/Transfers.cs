using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Memory.Core;

namespace Memory.Cli;

/// <summary>What the verbs have in common that move conversations from one place to another.</summary>
internal static class Transfers
{
    private const int ShownConflicts = 20;

    /// <summary>The source.</summary>
    public static Option<string> From { get; } = new("--from") { HelpName = "URL", Required = true, Description = $"The source: {BackendUrl.Forms}." };

    /// <summary>The target.</summary>
    public static Option<string> To { get; } = new("--to") { HelpName = "URL", Required = true, Description = "The target, written likewise." };

    /// <summary>The resources.</summary>
    public static Option<string[]> Resources { get; } = MakeResources();

    /// <summary>Reads <c>--from</c> and <c>--to</c>.</summary>
    /// <exception cref="UsageException">One of them names no backend, or both the same.</exception>
    public static (BackendUrl From, BackendUrl To) Places(VerbLine line)
    {
        var (from, to) = (line.Parse(From, line.Get(From)!), line.Parse(To, line.Get(To)!)); // both are required
        return from.Backend == to.Backend && from.Address == to.Address ? throw new UsageException("--from and --to name the same place.") : (from, to);
    }

    /// <summary>Makes sure that both can be reached before anything is begun.</summary>
    public static Task CheckAsync(BackendConnection from, BackendConnection to, CancellationToken cancellationToken) =>
        Task.WhenAll(from.Messages.CheckAsync(cancellationToken), to.Messages.CheckAsync(cancellationToken));

    /// <summary>Runs a migration or an import, and prints what it did.</summary>
    public static async Task<int> RunAsync(VerbLine line, string what, bool isDryRun, Func<IProgress<TransferProgress>, Task<TransferReport>> run, Func<IReadOnlyDictionary<string, long>>? tellNotes = null)
    {
        var start = Stopwatch.GetTimestamp();
        var report = await VerbProgress.RunAsync(line.Error, what, run);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var notes = tellNotes?.Invoke(); // complete only now
        foreach (var (note, count) in notes ?? new Dictionary<string, long>())
        {
            line.Error.WriteLine($"note: {count} {note}");
        }

        if (line.Output.IsJson)
        {
            line.Output.WriteJson(TransferResult.Of(report, isDryRun, seconds, notes), CliJson.Default.TransferResult);
        }
        else
        {
            Print(line, report, isDryRun, seconds);
        }

        return report.Conflicts == 0 ? ExitCode.Done : ExitCode.Found;
    }

    private static void Print(VerbLine line, TransferReport report, bool isDryRun, double seconds)
    {
        line.Output.WriteFields(
            ("resources", Text(report.Resources)),
            (isDryRun ? "threads to write" : "threads written", Text(report.Threads)),
            ("threads unchanged", Text(report.UnchangedThreads)),
            (isDryRun ? "messages to write" : "messages written", Text(report.Messages)),
            ("messages edited", Text(report.EditedMessages)),
            ("messages deleted", Text(report.DeletedMessages)),
            ("with their vectors", Text(report.MessagesWithVectors)),
            ("await their vectors", Text(report.PendingEmbeddings)),
            ("working memories", Text(report.WorkingMemories)),
            ("threads overwritten", Text(report.OverwrittenThreads)),
            ("conflicts", Text(report.Conflicts)),
            ("seconds", seconds.ToString("0.0", CultureInfo.InvariantCulture)));
        foreach (var conflict in report.FirstConflicts.Take(ShownConflicts))
        {
            line.Error.WriteLine($"conflict: resource '{conflict.ResourceId}', thread '{conflict.ThreadId}'{(conflict.Position is { } position ? $", position {position}" : "")}: {conflict.Reason}");
        }

        if (report.Conflicts > ShownConflicts)
        {
            line.Error.WriteLine($"and {report.Conflicts - ShownConflicts} conflicts more; --json lists {report.FirstConflicts.Count}");
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static Option<string[]> MakeResources()
    {
        var option = new Option<string[]>("--resource") { HelpName = "ID", Description = "Only this resource; may be given several times." };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !Identifier.IsValid(token.Value)))
            {
                result.AddError($"--resource {Identifier.Rule}.");
            }
        });
        return option;
    }
}
