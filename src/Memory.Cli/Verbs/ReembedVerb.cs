using System.CommandLine;
using Memory.Core;

namespace Memory.Cli;

/// <summary><c>memory reembed</c>: moves all vectors to the configured embedder.</summary>
internal static class ReembedVerb
{
    // Longer than the longest wait between two attempts (Memory:Embedding:MaxRetrySeconds) unless that was raised.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5), Pause = TimeSpan.FromSeconds(1);

    /// <summary>The verb.</summary>
    public static VerbCommand Create()
    {
        var noWait = new Option<bool>("--no-wait") { Description = "Only put every message on the list, and leave the embedding to the service." };
        return VerbCommand.Of(
            "reembed", "Gives every message a vector of the configured embedder, after a change of embedder or when there was none. Started again, it goes on where it was.",
            "memory reembed\nmemory reembed --no-wait --url env:DATABASE_URL",
            async (line, cancellationToken) =>
            {
                await using var backend = line.Open();
                var embed = backend.Embed
                    ?? throw new InvalidDataException("No embedder is configured; set Memory__Embedding__Provider (README, Embedders).");
                var progress = await embed.MoveAsync(cancellationToken);
                var embedded = line.Get(noWait) || progress.Remaining == 0 ? 0
                    : await VerbProgress.RunAsync(line.Error, "Embedding messages", progress.Remaining, told => WorkOffAsync(embed, backend.Clock, told, cancellationToken));
                var result = new ReembedResult(
                    progress.Model, progress.Dimensions, embedded, line.Get(noWait) ? progress.Remaining : (await embed.MoveAsync(cancellationToken)).Remaining);
                if (line.Output.IsJson)
                {
                    line.Output.WriteJson(result, CliJson.Default.ReembedResult);
                }
                else
                {
                    line.Output.WriteFields(("model", result.Model), ("dimensions", $"{result.Dimensions}"), ("embedded", $"{result.Embedded}"), ("remaining", $"{result.Remaining}"));
                }

                return ExitCode.Done;
            },
            noWait);
    }

    private static async Task<long> WorkOffAsync(EmbedMessages embed, TimeProvider clock, IProgress<long> progress, CancellationToken cancellationToken)
    {
        var done = 0L;
        for (var lastProgress = clock.GetTimestamp(); ;)
        {
            if (await embed.RunDueAsync(cancellationToken) is > 0 and var count)
            {
                (done, lastProgress) = (done + count, clock.GetTimestamp());
                progress.Report(done);
                continue;
            }

            // Nothing is due: all is done, or others are at it, or the embedder failed and is asked again after a while.
            if ((await embed.MoveAsync(cancellationToken)).Remaining is not (> 0 and var remaining))
            {
                return done;
            }

            if (clock.GetElapsedTime(lastProgress) > Patience)
            {
                throw new InvalidDataException(
                    $"{done} messages were embedded, {remaining} still wait, and for {Patience.TotalMinutes:0} minutes none could be embedded. Nothing is lost: run it again, or let the service go on.");
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }
}
