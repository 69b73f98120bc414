using System.Globalization;
using Memory.Core;

namespace Memory.Cli;

/// <summary><c>memory verify</c>: proves that two backends hold the same.</summary>
internal static class VerifyVerb
{
    private const int ShownDifferences = 20;

    private const string Notes =
        """
        Every resource, thread, message and working memory is compared in both directions. The messages of a thread make a chain of SHA-256 hashes, each over the one before and
        everything the message holds, so that two equal ends are equal threads in equal order; the digest is that of all chains. Then messages chosen at random are looked for in both
        by their words, and by their vectors where both have them, and the ten best hits are compared: recall overlap, which may be a little below 1 when one of them keeps
        vectors with fewer bits. Any difference, or an overlap below 0.9, gives exit code 2. Both are only read; what is written meanwhile shows as a difference.
        """;

    /// <summary>The verb.</summary>
    public static VerbCommand Create()
    {
        var samples = CommonOptions.Number("--samples", "How many messages are looked for in both; 50 when not given, 0 for none.", 0, 10_000);
        return VerbCommand.Of(
            "verify", "Compares two backends message by message, and what they recall.",
            """
            memory verify --from file:./.memory/memory.db --to env:DATABASE_URL
            memory verify --from upstash: --to env:DATABASE_URL --resource ada --samples 500 --json
            """,
            Notes,
            async (line, cancellationToken) =>
            {
                var (fromUrl, toUrl) = Transfers.Places(line);
                await using var from = line.Open(fromUrl);
                await using var to = line.Open(toUrl);
                await Transfers.CheckAsync(from, to, cancellationToken);
                var request = new VerificationRequest { ResourceIds = line.Get(Transfers.Resources) ?? [] };
                request = request with { Samples = line.Get(samples) ?? request.Samples };
                var report = await VerbProgress.RunAsync(
                    line.Error, "Comparing messages", progress => new VerifyMemory(from.Ports, to.Ports, request).RunAsync(progress, cancellationToken));
                Print(line, report);
                return report.IsSame ? ExitCode.Done : ExitCode.Found;
            },
            [Transfers.From, Transfers.To, Transfers.Resources, samples]);
    }

    private static void Print(VerbLine line, VerificationReport report)
    {
        if (line.Output.IsJson)
        {
            line.Output.WriteJson(report, CliJson.Default.VerificationReport);
            return;
        }

        var table = line.Output.Table("", "SOURCE", "TARGET");
        table.Add("resources", Text(report.Source.Resources), Text(report.Target.Resources));
        table.Add("threads", Text(report.Source.Threads), Text(report.Target.Threads));
        table.Add("messages", Text(report.Source.Messages), Text(report.Target.Messages));
        table.Add("working memories", Text(report.Source.WorkingMemories), Text(report.Target.WorkingMemories));
        table.Add("digest", report.Source.Digest[..16], report.Target.Digest[..16]);
        table.Write();
        line.Output.WriteLine($"recall overlap  {(report.RecallOverlap is { } overlap ? $"{overlap.ToString("0.000", CultureInfo.InvariantCulture)} of {report.Samples} samples" : "not sampled")}");
        line.Output.WriteLine(report.IsSame ? "same" : report.Differences > 0 ? $"different: {report.Differences} differences" : "different: what is recalled differs");
        foreach (var difference in report.FirstDifferences.Take(ShownDifferences))
        {
            line.Output.WriteLine($"  {Place(difference)}{difference.Reason}");
        }

        if (report.Differences > ShownDifferences)
        {
            line.Output.WriteLine($"  and {report.Differences - ShownDifferences} more; --json lists {report.FirstDifferences.Count}");
        }
    }

    private static string Place(ArchiveDifference difference) => PlainText.OneLine(
        $"{(difference.ResourceId.Length > 0 ? $"resource '{difference.ResourceId}'" : "")}{(difference.ThreadId is { } thread ? $", thread '{thread}'" : "")}"
        + $"{(difference.Position is { } position ? $", position {position}" : "")}{(difference.ResourceId.Length > 0 ? ": " : "")}");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
