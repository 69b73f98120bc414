using System.CommandLine;
using System.Globalization;
using Memory.Core;

namespace Memory.Cli;

/// <summary><c>memory migrate</c>: copies everything from one backend to another.</summary>
internal static class MigrateVerb
{
    private const string Notes =
        """
        Resources, threads, messages with their positions, times and metadata, working memory and vectors are copied; vectors that do not fit the target's embedder are made anew there.
        What is deleted does not come along, nor do operations that are still waiting: let them run out first. Tables of an older version are brought up to date first, the source's too.

        A run that was ended at any point is simply run again: what the target holds is the checkpoint, and what is there already is not written twice. The source may be in use
        meanwhile; everything is gone through once more until nothing has changed. Before you switch over, stop the writers, run it a last time, and check with 'memory verify'.

        A thread that differs in the target, and does not only lack something, is reported with every message that does, with exit code 2, and from the first of them on it is left as it is;
        --overwrite removes it there and copies it anew. Another resource's thread of the same id is never touched.
        """;

    /// <summary>The verb.</summary>
    public static VerbCommand Create()
    {
        var since = new Option<DateTimeOffset?>("--since")
        {
            HelpName = "TIME",
            Description = "Only threads that changed at this time or later, such as 2030-01-31 or 2030-01-31T09:00:00Z.",
            CustomParser = argument =>
            {
                if (DateTimeOffset.TryParse(argument.Tokens[0].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
                {
                    return time;
                }

                argument.AddError($"--since must be a time such as 2030-01-31 or 2030-01-31T09:00:00Z, and is '{PlainText.OneLine(argument.Tokens[0].Value, 40)}'.");
                return null;
            },
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Copy nothing, and count what would be copied." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Remove threads from the target that stand in the way, and copy them anew." };
        var resume = new Option<bool>("--resume") { Description = "Go on where an earlier run was ended. Every run does; the option is for scripts that want to say so." };
        var lanes = CommonOptions.Number("--lanes", "How many threads are copied at once; 4 when not given.", 1, 64);
        return VerbCommand.Of(
            "migrate", "Copies all conversations, or some resources', from one backend to another. The source is only read; a target file that is not there is made.",
            """
            memory migrate --from file:./.memory/memory.db --to env:DATABASE_URL
            memory migrate --from upstash: --to libsql://NAME-ORGANIZATION.turso.io --dry-run
            memory migrate --from env:OLD_URL --to env:NEW_URL --resource ada --resource ben --json
            """,
            Notes,
            async (line, cancellationToken) =>
            {
                var (fromUrl, toUrl) = Transfers.Places(line);
                await using var from = line.Open(fromUrl);
                await using var to = line.Open(toUrl, mustExist: false);
                await Transfers.CheckAsync(from, to, cancellationToken);
                var request = new MigrationRequest
                {
                    ResourceIds = line.Get(Transfers.Resources) ?? [],
                    Since = line.Get(since),
                    IsDryRun = line.Get(dryRun),
                    Overwrites = line.Get(overwrite),
                    IsForEmbedder = to.Embed is not null,
                    Lanes = line.Get(lanes) ?? new MigrationRequest().Lanes,
                };
                var migration = new MigrateMemory(from.Ports, to.Ports, request, to.Clock);
                return await Transfers.RunAsync(line, "Copying messages", request.IsDryRun, progress => migration.RunAsync(progress, cancellationToken));
            },
            [Transfers.From, Transfers.To, Transfers.Resources, since, dryRun, resume, overwrite, lanes]);
    }
}
