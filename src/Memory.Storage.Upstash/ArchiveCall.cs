using System.Text;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>The writing of a piece of a thread: one run of a script, or several when one request cannot hold it. Sent again after a lost answer, a run finds its messages there, and counts none as written.</summary>
/// <param name="keys">The names of keys.</param>
/// <param name="piece">The piece.</param>
/// <param name="mostBytes">How many bytes the arguments of a run may have.</param>
internal sealed class ArchiveCall(Keys keys, ArchivePiece piece, int mostBytes)
{
    private readonly string place = Keys.Place(piece.Thread.Id);

    /// <summary>Writes it; a run that finds something in its way is the last.</summary>
    public async Task<ArchiveOutcome> RunAsync(RedisClient redis, CancellationToken cancellationToken)
    {
        var sum = new ArchiveOutcome(0, 0);
        List<string> arguments = [];
        var (count, bytes) = (0, 0);
        foreach (var message in piece.Messages.Select(Arguments))
        {
            var size = message.Sum(Encoding.UTF8.GetByteCount);
            if (count > 0 && bytes + size > mostBytes)
            {
                sum = Sum(sum, await RunAsync(redis, arguments, count, isLast: false, cancellationToken));
                if (sum is { IsTaken: true } or { Conflicts.Count: > 0 })
                {
                    return sum;
                }

                arguments.Clear();
                (count, bytes) = (0, 0);
            }

            arguments.AddRange(message);
            (count, bytes) = (count + 1, bytes + size);
        }

        return Sum(sum, await RunAsync(redis, arguments, count, piece.IsLast, cancellationToken));
    }

    private static ArchiveOutcome Sum(ArchiveOutcome before, ArchiveOutcome run) => run with { Written = before.Written + run.Written, Pending = before.Pending + run.Pending };

    private static ArchiveOutcome Read(JsonElement answer) => answer[0].GetString() switch
    {
        "written" => new ArchiveOutcome(answer[1].GetInt32(), answer[2].GetInt32()),
        "conflict" => new ArchiveOutcome(0, 0) { Conflicts = [.. answer.EnumerateArray().Skip(1).Select(position => position.GetInt64())] },
        _ => new ArchiveOutcome(0, 0) { IsTaken = true },
    };

    private async Task<ArchiveOutcome> RunAsync(RedisClient redis, List<string> messages, int count, bool isLast, CancellationToken cancellationToken)
    {
        var thread = piece.Thread;
        string[] arguments =
        [
            keys.Prefix, thread.Id, thread.ResourceId, Time(thread.CreatedAt), Time(thread.UpdatedAt), Packed.Number(thread.LastPosition), Packed.Number(thread.Version), thread.Title ?? "",
            thread.Metadata?.Text ?? "", isLast ? "1" : "0", Time(piece.Now), piece.EmbeddingDueAt is { } due ? Time(due) : "", piece.Space?.Model ?? "",
            Packed.Number(piece.Space?.Dimensions ?? 0), Packed.Number(piece.Now.ToUnixTimeSeconds()), place, Rows.Seconds(thread), Packed.Number(count), .. messages,
        ];
        try
        {
            return await redis.EvalAsync("write a thread", Scripts.ArchiveWrite, [.. keys.OfThread(thread.Id, thread.ResourceId), keys.OwnTimesToLive], arguments, Read, cancellationToken);
        }
        catch (MemoryStoreException fault) when (RestException.IsSize(fault))
        {
            throw AppendCall.TooLarge(count == 1 ? "A message of the thread" : "A piece of the thread");
        }
    }

    private string[] Arguments(ArchivedMessage archived)
    {
        var (message, stored) = (archived.Message, archived.Stored);
        var content = MessageVersion.Of(stored).Content;
        return
        [
            message.Id, Packed.Number(message.Position), Packed.Number(stored.Revision), content.Fingerprint, MessageText.Role(message.Role).ToString(), Packed.Time(message.CreatedAt.ToUnixMicroseconds()),
            MessageText.Of(message.Id, message.Role, message.CreatedAt, message.Name, message.Content, message.Metadata), Terms.Of(archived.Terms()), MetadataText.Of(message.Metadata),
            Keys.Content(content), piece.Space is not null && archived.Vectors is not null ? "1" : "0",
        ];
    }

    private static string Time(DateTimeOffset time) => Packed.Number(time.ToUnixMicroseconds());
}
