using Memory.Core;
using Memory.Hosting;
using Microsoft.Extensions.Options;

namespace Memory.Cli;

/// <summary><c>memory doctor</c>: looks for faults.</summary>
internal static class DoctorVerb
{
    /// <summary>The verb.</summary>
    public static VerbCommand Create() => VerbCommand.Of(
        "doctor",
        "Examines a configuration from end to end: which backend was chosen and why, whether it answers, lets this program in and lets it write, its schema, its clock and its speed, "
        + "the embedder, what waits and what failed, the queue. Nothing is changed. The exit code is 2 when a check failed.",
        "memory doctor\nmemory doctor --url env:DATABASE_URL --json",
        async (line, cancellationToken) =>
        {
            var findings = await ExamineAsync(line, cancellationToken);
            var result = new DoctorResult(
                [.. findings.Select(finding => new DoctorFinding(
                    finding.Check, finding.State.ToString().ToLowerInvariant(), line.Error.Secrets.Redact(finding.Text), finding.Fix is { } fix ? line.Error.Secrets.Redact(fix) : null))],
                findings.Count(finding => finding.State == FindingState.Warning),
                findings.Count(finding => finding.State == FindingState.Failed));
            if (line.Output.IsJson)
            {
                line.Output.WriteJson(result, CliJson.Default.DoctorResult);
            }
            else
            {
                var table = line.Output.Table("STATE", "CHECK", "FINDING");
                foreach (var finding in result.Findings)
                {
                    table.Add(finding.State, finding.Check, finding.Fix is null ? finding.Text : $"{finding.Text}. Fix: {finding.Fix}");
                }

                table.Write();
            }

            return result.Failed == 0 ? ExitCode.Done : ExitCode.Found;
        });

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(VerbLine line, CancellationToken cancellationToken)
    {
        try
        {
            await using var backend = line.Open(mustExist: false);
            return await new Doctor(backend.Services).ExamineAsync(cancellationToken);
        }
        catch (Exception wrong) when (wrong is OptionsValidationException or MemoryStoreException or FormatException or ArgumentException)
        {
            return [Finding.Failed("configuration", VerbRun.Explain(wrong), "correct the setting that it names (README, Configuration)")];
        }
    }
}
