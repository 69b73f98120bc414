using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// An append as one run of a script, which decides positions, duplicates, conflicts and the expected position. When its answer is lost it is sent again, and what the first attempt has
/// stored comes back as duplicates, in its place.
/// </summary>
internal static class AppendCall
{
    private const string Operation = "append messages";

    /// <exception cref="RefusedException">As <see cref="IMessageStore.AppendAsync"/> says.</exception>
    public static async Task<AppendResult> RunAsync(RedisClient redis, Keys keys, AppendBatch batch, CancellationToken cancellationToken)
    {
        var (distinct, places) = batch.DistinctMessages();
        string outcome;
        List<Row> rows;
        try
        {
            (outcome, rows) = await redis.EvalAsync(Operation, Mark(batch) is null ? Scripts.Append : Scripts.AppendAccepted, Declared(keys, batch), Arguments(keys, batch, distinct), Read, cancellationToken);
        }
        catch (MemoryStoreException fault) when (RestException.IsSize(fault))
        {
            throw TooLarge("The append");
        }

        if (outcome != "appended")
        {
            throw Refusal(batch, distinct, outcome, rows);
        }

        var placed = new AppendedMessage[batch.Messages.Count];
        var pending = 0;
        for (var i = 0; i < placed.Length; i++)
        {
            var row = rows[places[i]];
            placed[i] = new AppendedMessage(batch.Messages[i].Id, row.Position, row.CreatedAt, row.IsDuplicate || distinct[places[i]] != i);
            pending += row.IsPending ? 1 : 0;
        }

        return new AppendResult(batch.ThreadId, placed, pending);
    }

    /// <summary>The refusal of what does not fit.</summary>
    public static RefusedException TooLarge(string what) =>
        new(ErrorCode.PayloadTooLarge, $"{what} is larger than the plan of Upstash Redis allows in one request or record. Nothing was written; send less at once, or keep large parts elsewhere and refer to them.");

    // Known when the resource is named; otherwise the thread's head tells it, and the script locks the database for its moment.
    private static string[] Declared(Keys keys, AppendBatch batch) => batch.ResourceId is not { } resourceId ? []
        : Mark(batch) is null ? keys.OfThread(batch.ThreadId, resourceId) : [.. keys.OfThread(batch.ThreadId, resourceId), keys.Erasures];

    // Only work that waited can come after its resource's erasure: what is answered at once pays nothing for it.
    private static string? Mark(AppendBatch batch) => batch is { AcceptedAt: not null, ResourceId: { } resourceId } ? Erasures.Mark(resourceId) : null;

    private static List<string> Arguments(Keys keys, AppendBatch batch, List<int> distinct)
    {
        List<string> arguments =
        [
            keys.Prefix, batch.ThreadId, batch.ResourceId ?? "", batch.ExpectedPosition is { } expected ? Packed.Number(expected) : "", Packed.Number(batch.Now.ToUnixMicroseconds()),
            batch.EmbeddingDueAt is { } due ? Packed.Number(due.ToUnixMicroseconds()) : "", batch.Embedded?.Space.Model ?? "", Packed.Number(batch.Embedded?.Space.Dimensions ?? 0),
            Packed.Number(batch.Now.ToUnixTimeSeconds()), Keys.Place(batch.ThreadId), Packed.Number(distinct.Count),
        ];
        foreach (var message in distinct.Select(i => batch.Messages[i]))
        {
            var fingerprint = Convert.ToHexStringLower(message.Fingerprint);
            arguments.AddRange([
                message.Id, MessageText.Role(message.Role).ToString(), Packed.Time(message.CreatedAt.ToUnixMicroseconds()), fingerprint,
                MessageText.Of(message.Id, message.Role, message.CreatedAt, message.Name, message.Content, message.Metadata), Terms.Of(message.Terms),
                MetadataText.Of(message.Metadata), Keys.Content(new ContentVersion(batch.ThreadId, message.Id, 1, fingerprint)),
            ]);
        }

        if (batch.AcceptedAt is { } acceptedAt && Mark(batch) is { } mark)
        {
            arguments.AddRange([mark, Packed.Number(acceptedAt.ToUnixMicroseconds())]);
        }

        return arguments;
    }

    private static (string Outcome, List<Row> Rows) Read(JsonElement answer)
    {
        var outcome = answer[0].GetString()!; // every answer begins with one
        return (outcome, [.. answer.EnumerateArray().Skip(1).Select(row => row.ValueKind == JsonValueKind.Number
            ? new Row(row.GetInt64(), default, false, false)
            : new Row(row[0].GetInt64(), Timestamps.FromUnixMicroseconds(Packed.Microseconds(row[1].GetString())), row[2].GetInt32() == 1, row[3].GetInt32() == 1))]);
    }

    private static RefusedException Refusal(AppendBatch batch, List<int> distinct, string outcome, List<Row> rows) => outcome switch
    {
        "conflict" => batch.Conflict(rows.Select(row => batch.Messages[distinct[(int)row.Position - 1]].Id)),
        "erased" => AppendBatch.Erased(),
        "moved_on" => batch.MovedOn(rows[0].Position),
        _ => batch.ResourceId is null ? RefusedException.NoThreadToAppend(batch.ThreadId) : RefusedException.NoThread(batch.ThreadId),
    };

    private sealed record Row(long Position, DateTimeOffset CreatedAt, bool IsDuplicate, bool IsPending);
}
