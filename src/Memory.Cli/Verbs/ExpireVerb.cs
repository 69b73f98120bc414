using System.CommandLine;
using Memory.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Cli;

/// <summary><c>memory expire</c>: removes threads whose time to live is over, now and not with the next sweep.</summary>
internal static class ExpireVerb
{
    /// <summary>The verb.</summary>
    public static VerbCommand Create()
    {
        var days = CommonOptions.Number("--days", "After how many days without a change a thread without a time to live of its own goes; Memory:Retention:ThreadDays without it.", 1, 3_650);
        var dryRun = new Option<bool>("--dry-run") { Description = "Only count them." };
        return VerbCommand.Of(
            "expire", "Removes threads that have not changed for as long as they are kept. Begin with --dry-run.",
            "memory expire --days 90 --dry-run\nmemory expire --days 90 --yes --json",
            async (line, cancellationToken) =>
            {
                await using var backend = line.Open();
                var expire = backend.Services.GetRequiredService<ExpireThreads>();
                var timeToLive = line.Get(days) is { } count ? TimeSpan.FromDays(count) : expire.TimeToLive;
                var isCounted = line.Get(dryRun);
                if (!isCounted && !line.IsAgreed(timeToLive is { } time ? $"Remove every thread that has not changed for {time.TotalDays} days" : "Remove every thread whose own time to live is over"))
                {
                    line.Error.WriteLine("Nothing was removed.");
                    return ExitCode.Failed;
                }

                var tally = await expire.RunAsync(timeToLive, _ => !isCounted, cancellationToken);
                if (line.Output.IsJson)
                {
                    line.Output.WriteJson(new ExpiryResult(tally.Found, tally.Removed), CliJson.Default.ExpiryResult);
                }
                else
                {
                    line.Output.WriteFields(("expired", $"{tally.Found}"), ("removed", $"{tally.Removed}"));
                }

                return ExitCode.Done;
            },
            days, dryRun, CommonOptions.Yes);
    }
}
