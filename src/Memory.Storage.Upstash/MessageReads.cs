using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>Reads of messages, each one request.</summary>
internal static class MessageReads
{
    private static readonly Comparer<(string Thread, long Position)> ByPlace = Comparer<(string Thread, long Position)>.Create((a, b) =>
        string.CompareOrdinal(a.Thread, b.Thread) is not 0 and var order ? order : a.Position.CompareTo(b.Position));

    public static Task<IReadOnlyList<Message>?> ReadAsync(RedisClient redis, Keys keys, MessageRead read, CancellationToken cancellationToken)
    {
        List<string[]> commands = [];
        if (read.ThreadId is { } threadId)
        {
            commands.Add(["HGET", keys.Head(threadId), "r"]);
            commands.Add(["ZRANGE", keys.Messages(threadId), "0", Packed.Number(read.Last - 1), "REV", "WITHSCORES"]);
        }

        var threads = read.Ranges.GroupBy(range => range.ThreadId, StringComparer.Ordinal).ToList();
        foreach (var ranges in threads)
        {
            commands.Add(["HGET", keys.Head(ranges.Key), "r"]);
            commands.AddRange(ranges.Select(range => (string[])["ZRANGE", keys.Messages(ranges.Key), Packed.Number(range.From), Packed.Number(range.To), "BYSCORE", "WITHSCORES"]));
        }

        return commands.Count == 0 ? Task.FromResult<IReadOnlyList<Message>?>([]) : redis.PipelineAsync("read messages", commands, answers => Messages(read, threads, answers), cancellationToken);
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

    public static Task<MessagePage?> PageAsync(RedisClient redis, Keys keys, MessageListing listing, CancellationToken cancellationToken)
    {
        const string operation = "list messages";
        var after = listing.After is { } position ? Packed.Number(position) : "";
        if (listing.Filter is { } filter)
        {
            return redis.EvalAsync(
                operation, Scripts.PageMessages, [],
                [
                    keys.Prefix, listing.ThreadId, Packed.Number(listing.Limit), listing.Descending ? "1" : "0", after, Roles(filter),
                    Packed.Time(filter.From?.ToUnixMicroseconds() ?? long.MinValue), Packed.Time(filter.To?.ToUnixMicroseconds() ?? long.MaxValue),
                ],
                answer => Rows.IsNothing(answer) ? null : Page(listing, answer), cancellationToken);
        }

        // Two plain commands: nothing is locked.
        string[] range = listing.Descending
            ? ["ZRANGE", keys.Messages(listing.ThreadId), after.Length > 0 ? $"({after}" : "+inf", "-inf", "BYSCORE", "REV", "LIMIT", "0", Packed.Number(listing.Limit + 1), "WITHSCORES"]
            : ["ZRANGE", keys.Messages(listing.ThreadId), after.Length > 0 ? $"({after}" : "-inf", "+inf", "BYSCORE", "LIMIT", "0", Packed.Number(listing.Limit + 1), "WITHSCORES"];
        return redis.PipelineAsync(
            operation, [["HGET", keys.Head(listing.ThreadId), "r"], range], answers => Rows.IsNothing(answers[0]) ? null : Page(listing, answers[1]), cancellationToken);
    }

    public static Task<StoredMessage?> FindAsync(RedisClient redis, Keys keys, string threadId, string messageId, CancellationToken cancellationToken) => redis.EvalAsync(
        "find a message", Scripts.FindMessage, [keys.Head(threadId), keys.Messages(threadId)], [keys.Prefix, threadId, messageId],
        answer => Rows.IsNothing(answer) ? null : new StoredMessage(
            MessageText.Read(threadId, answer[3].GetString()!, Rows.Number(answer[0])), Rows.Number(answer[1]), Convert.FromHexString(answer[2].GetString()!)), // as the script gives them
        cancellationToken);

    /// <summary>Roles as scripts look for them; empty for any, and one that no message has for none.</summary>
    public static string Roles(MessageFilter? filter) => filter?.Roles is not { } roles ? "" : roles.Count == 0 ? "-" : string.Concat(roles.Select(MessageText.Role));

    private static IReadOnlyList<Message>? Messages(MessageRead read, List<IGrouping<string, PositionRange>> threads, JsonElement[] answers)
    {
        List<Message> found = [];
        var at = 0;
        if (read.ThreadId is { } threadId)
        {
            if (Rows.IsNothing(answers[0]))
            {
                return null;
            }

            found.AddRange(read.Last > 0 ? Rows.Messages(threadId, answers[1]) : []);
            at = 2;
        }

        foreach (var ranges in threads)
        {
            var resourceId = Rows.Text(answers[at++]);
            foreach (var _ in ranges)
            {
                var members = answers[at++];
                if (resourceId is not null && (read.ResourceId is null || read.ResourceId == resourceId))
                {
                    found.AddRange(Rows.Messages(ranges.Key, members));
                }
            }
        }

        return InOrder(found);
    }

    private static MessagePage Page(MessageListing listing, JsonElement members)
    {
        List<Message> messages = [.. Rows.Messages(listing.ThreadId, members)];
        var hasMore = messages.Count > listing.Limit;
        return new MessagePage(hasMore ? messages[..listing.Limit] : messages, hasMore);
    }
}
