using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Reads of messages, each within one read transaction.</summary>
internal static class MessageReads
{
    private const string Last =
        $"select {Rows.MessageColumns} from messages where key between ?1 and ?2 and content is not null order by key desc limit ?3";

    private const string Range =
        $"select {Rows.MessageColumns} from messages where key between ?1 and ?2 and content is not null order by key";

    private const string ById =
        $"select {Rows.MessageColumns}, revision, fingerprint from messages where key >> 28 = ?1 and id = ?2 and content is not null";

    private const string Forward =
        $"""
        select {Rows.MessageColumns} from messages
        where key > ?1 and key <= ?2 and content is not null
          and (?3 is null or role in (select value from json_each(?3))) and created_at between ?4 and ?5
        order by key limit ?6
        """;

    private const string Backward =
        $"""
        select {Rows.MessageColumns} from messages
        where key < ?1 and key >= ?2 and content is not null
          and (?3 is null or role in (select value from json_each(?3))) and created_at between ?4 and ?5
        order by key desc limit ?6
        """;

    public static IReadOnlyList<Message>? Read(SqliteSession session, MessageRead read)
    {
        var found = new SortedDictionary<(string Thread, long Position), Message>(
            Comparer<(string Thread, long Position)>.Create((a, b) =>
                string.CompareOrdinal(a.Thread, b.Thread) is not 0 and var order ? order : a.Position.CompareTo(b.Position)));
        if (read.ThreadId is { } threadId)
        {
            if (ThreadHead.Find(session, threadId) is not { } thread)
            {
                return null;
            }

            if (read.Last > 0)
            {
                Add(session.All(Last, row => Rows.Message(row, threadId), MessageKey.First(thread.Key), MessageKey.Last(thread.Key), read.Last));
            }
        }

        foreach (var ranges in read.Ranges.GroupBy(range => range.ThreadId, StringComparer.Ordinal))
        {
            if (ThreadHead.Find(session, ranges.Key) is not { } thread || (read.ResourceId is not null && thread.ResourceId != read.ResourceId))
            {
                continue;
            }

            foreach (var range in ranges)
            {
                Add(session.All(Range, row => Rows.Message(row, ranges.Key), MessageKey.Clamp(thread.Key, range.From), MessageKey.Clamp(thread.Key, range.To)));
            }
        }

        return [.. found.Values];

        void Add(List<Message> messages) => messages.ForEach(message => found[(message.ThreadId, message.Position)] = message);
    }

    public static MessagePage? Page(SqliteSession session, MessageListing listing)
    {
        if (ThreadHead.Find(session, listing.ThreadId) is not { } thread)
        {
            return null;
        }

        var (sql, start, end) = listing.Descending
            ? (Backward, listing.After is { } before ? MessageKey.Clamp(thread.Key, before) : MessageKey.Last(thread.Key) + 1, MessageKey.First(thread.Key))
            : (Forward, MessageKey.Clamp(thread.Key, listing.After ?? 0), MessageKey.Last(thread.Key));
        var roles = listing.Filter?.Roles is { } some ? JsonSerializer.Serialize(some.Select(role => role.Name()).ToArray(), LibSqlJson.Default.StringArray) : null;
        var from = listing.Filter?.From?.ToUnixMicroseconds() ?? long.MinValue;
        var to = listing.Filter?.To?.ToUnixMicroseconds() ?? long.MaxValue;
        var messages = session.All(sql, row => Rows.Message(row, listing.ThreadId), start, end, roles, from, to, listing.Limit + 1);
        var hasMore = messages.Count > listing.Limit;
        return new MessagePage(hasMore ? messages[..listing.Limit] : messages, hasMore);
    }

    public static StoredMessage? Find(SqliteSession session, string threadId, string messageId) =>
        ThreadHead.Find(session, threadId) is { } thread
            ? session.First(ById, row => new StoredMessage(Rows.Message(row, threadId), row.GetInt64(7), row.GetBytes(8).ToArray()), thread.Key, messageId)
            : null;
}
