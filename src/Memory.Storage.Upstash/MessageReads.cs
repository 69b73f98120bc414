using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>Reads of messages, each one request unless the answer would be larger than the plan allows.</summary>
internal static class MessageReads
{
    private const string Operation = "read messages";

    private static readonly Comparer<(string Thread, long Position)> ByPlace = Comparer<(string Thread, long Position)>.Create((a, b) =>
        string.CompareOrdinal(a.Thread, b.Thread) is not 0 and var order ? order : a.Position.CompareTo(b.Position));

    public static async Task<IReadOnlyList<Message>?> ReadAsync(RedisClient redis, Keys keys, MessageRead read, CancellationToken cancellationToken)
    {
        List<MessagePiece> pieces = [.. read.Ranges.Select(range => new MessagePiece(range.ThreadId, range.From, range.To, IsLast: false))];
        if (read is { ThreadId: { } threadId, Last: > 0 })
        {
            pieces.Add(new MessagePiece(threadId, 0, read.Last - 1, IsLast: true));
        }

        string[] threads = [.. pieces.Select(piece => piece.ThreadId).Append(read.ThreadId).OfType<string>().Distinct(StringComparer.Ordinal)];
        if (threads.Length == 0)
        {
            return [];
        }

        try
        {
            return await AskAsync(
                redis, keys, read.ResourceId, threads, pieces,
                answers => Messages(read, threads, answers[..threads.Length], pieces.Zip(answers[threads.Length..], (piece, members) => (piece.ThreadId, Rows.Messages(piece.ThreadId, members)))), cancellationToken);
        }
        catch (MemoryStoreException fault) when (RestException.IsSize(fault))
        {
            List<(string, IEnumerable<Message>)> parts = [];
            foreach (var piece in pieces)
            {
                await ReadInPartsAsync(redis, keys, read.ResourceId, piece, parts, cancellationToken);
            }

            return await AskAsync(redis, keys, read.ResourceId, threads, [], answers => Messages(read, threads, answers, parts), cancellationToken);
        }
    }

    /// <summary>Each message once, by thread and position.</summary>
    public static IReadOnlyList<Message> InOrder(IEnumerable<Message> messages)
    {
        var found = new SortedDictionary<(string, long), Message>(ByPlace);
        foreach (var message in messages)
        {
            found[(message.ThreadId, message.Position)] = message;
        }

        return [.. found.Values];
    }

    public static async Task<MessagePage?> PageAsync(RedisClient redis, Keys keys, MessageListing listing, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await PageOfAsync(redis, keys, listing, cancellationToken);
            }
            catch (MemoryStoreException fault) when (RestException.IsSize(fault) && listing.Limit > 1)
            {
                listing = listing with { Limit = listing.Limit / 2 }; // a shorter page, which says that more follows
            }
        }
    }

    private static Task<MessagePage?> PageOfAsync(RedisClient redis, Keys keys, MessageListing listing, CancellationToken cancellationToken)
    {
        const string operation = "list messages";
        var after = listing.After is { } position ? Packed.Number(position) : "";
        if (listing is { Filter: not null } or { Thread.ResourceId: not null })
        {
            var filter = listing.Filter;
            return redis.EvalAsync(
                operation, Scripts.PageMessages, [],
                [
                    keys.Prefix, listing.Thread.Id, Packed.Number(listing.Limit), listing.Descending ? "1" : "0", after, Roles(filter),
                    Packed.Time(filter?.From?.ToUnixMicroseconds() ?? long.MinValue), Packed.Time(filter?.To?.ToUnixMicroseconds() ?? long.MaxValue), listing.Thread.ResourceId ?? "",
                ],
                answer => Rows.IsNothing(answer) ? null : Page(listing, answer), cancellationToken);
        }

        // Two plain commands: nothing is locked.
        string[] range = listing.Descending
            ? ["ZRANGE", keys.Messages(listing.Thread.Id), after.Length > 0 ? $"({after}" : "+inf", "-inf", "BYSCORE", "REV", "LIMIT", "0", Packed.Number(listing.Limit + 1), "WITHSCORES"]
            : ["ZRANGE", keys.Messages(listing.Thread.Id), after.Length > 0 ? $"({after}" : "-inf", "+inf", "BYSCORE", "LIMIT", "0", Packed.Number(listing.Limit + 1), "WITHSCORES"];
        return redis.PipelineAsync(
            operation, [["HGET", keys.Head(listing.Thread.Id), "r"], range], answers => Rows.IsNothing(answers[0]) ? null : Page(listing, answers[1]), cancellationToken);
    }

    public static Task<StoredMessage?> FindAsync(RedisClient redis, Keys keys, ThreadAddress thread, string messageId, CancellationToken cancellationToken) => redis.EvalAsync(
        "find a message", Scripts.FindMessage, [keys.Head(thread.Id), keys.Messages(thread.Id)], [keys.Prefix, thread.Id, messageId, thread.ResourceId ?? ""],
        answer => Rows.IsNothing(answer) ? null : new StoredMessage(
            MessageText.Read(thread.Id, answer[3].GetString()!, Rows.Number(answer[0])), Rows.Number(answer[1]), Convert.FromHexString(answer[2].GetString()!)), // as the script gives them
        cancellationToken);

    /// <summary>Roles as scripts look for them; empty for any, and one that no message has for none.</summary>
    public static string Roles(MessageFilter? filter) => filter?.Roles is not { } roles ? "" : roles.Count == 0 ? "-" : string.Concat(roles.Select(MessageText.Role));

    // Each thread's resource, then the pieces. Those that must be a resource's are read by a script, so that no thread changes hands between the two; the others by plain commands, which lock nothing.
    private static Task<T> AskAsync<T>(
        RedisClient redis, Keys keys, string? resourceId, IReadOnlyList<string> threads, IReadOnlyList<MessagePiece> pieces, Func<JsonElement[], T> read, CancellationToken cancellationToken) => resourceId is null
        ? redis.PipelineAsync(Operation, [.. threads.Select(thread => (string[])["HGET", keys.Head(thread), "r"]), .. pieces.Select(piece => piece.Command(keys))], read, cancellationToken)
        : redis.EvalAsync(
            Operation, Scripts.ReadMessages, [.. threads.Select(keys.Head), .. threads.Select(keys.Messages)],
            [keys.Prefix, resourceId, Packed.Number(threads.Count), .. threads, .. pieces.SelectMany(piece => piece.Arguments())], answer => read([.. answer.EnumerateArray()]), cancellationToken);

    // An answer has its limit: what does not fit is asked for by halves.
    private static async Task ReadInPartsAsync(
        RedisClient redis, Keys keys, string? resourceId, MessagePiece piece, List<(string, IEnumerable<Message>)> parts, CancellationToken cancellationToken)
    {
        try
        {
            parts.Add((piece.ThreadId, await AskAsync(redis, keys, resourceId, [piece.ThreadId], [piece], answers => Rows.Messages(piece.ThreadId, answers[1]).ToList(), cancellationToken)));
        }
        catch (MemoryStoreException fault) when (RestException.IsSize(fault) && piece.From < piece.To)
        {
            var middle = piece.From + ((piece.To - piece.From) / 2);
            await ReadInPartsAsync(redis, keys, resourceId, piece with { To = middle }, parts, cancellationToken);
            await ReadInPartsAsync(redis, keys, resourceId, piece with { From = middle + 1 }, parts, cancellationToken);
        }
    }

    private static IReadOnlyList<Message>? Messages(MessageRead read, string[] threads, JsonElement[] heads, IEnumerable<(string ThreadId, IEnumerable<Message> Messages)> pieces)
    {
        var owners = threads.Zip(heads, (thread, head) => (thread, Owner: Rows.Text(head))).ToDictionary(item => item.thread, item => item.Owner, StringComparer.Ordinal);
        return read.ThreadId is { } asked && owners[asked] is null ? null
            : InOrder(pieces.Where(piece => owners[piece.ThreadId] is not null).SelectMany(piece => piece.Messages));
    }

    private static MessagePage Page(MessageListing listing, JsonElement members)
    {
        List<Message> messages = [.. Rows.Messages(listing.Thread.Id, members)];
        var hasMore = messages.Count > listing.Limit;
        return new MessagePage(hasMore ? messages[..listing.Limit] : messages, hasMore);
    }
}
