using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Reads of messages. What is too large for one answer is asked for in pieces.</summary>
internal static class MessageReads
{
    // The sum keeps the planner from looking at the number itself: it would plan the statement anew for each that is bound (sqlite3ExprIsInteger in SQLite's source).
    private const string Last =
        $"""
        select {Rows.MessageColumns} from messages
        where key between (select key << 28 from threads where id = ?1) and (select key << 28 | 268435455 from threads where id = ?1) and content is not null
        order by key desc limit ?2 + 0
        """;

    private const string Range =
        $"""
        select {Rows.MessageColumns} from messages
        where key between (select {ThreadOf} | ?3) and (select {ThreadOf} | ?4) and content is not null
        order by key
        """;

    private const string ThreadOf = "(select t.key << 28 from threads t join resources r on r.key = t.resource_key where t.id = ?1 and (?2 is null or r.id = ?2))";

    private const string ById =
        $"""
        select {Rows.MessageColumns}, revision, fingerprint from messages
        where key >> 28 = (select +key from threads where id = ?1 and {Rows.IsOf2}) and id = ?3 and content is not null
        """;

    private const string Forward =
        $"""
        select {Rows.MessageColumns} from messages
        where key > (select key << 28 | ?2 from threads where id = ?1) and key <= (select key << 28 | 268435455 from threads where id = ?1) and {IsWanted}
        order by key limit ?6
        """;

    private const string Backward =
        $"""
        select {Rows.MessageColumns} from messages
        where key < (select (key << 28) + ?2 from threads where id = ?1) and key >= (select key << 28 from threads where id = ?1) and {IsWanted}
        order by key desc limit ?6
        """;

    private const string IsWanted = "content is not null and (?3 is null or role in (select value from json_each(?3))) and created_at between ?4 and ?5";

    public static async Task<IReadOnlyList<Message>?> ReadAsync(LibSqlDatabase database, MessageRead read, CancellationToken cancellationToken)
    {
        if (read is { ThreadId: null, Ranges.Count: 0 })
        {
            return [];
        }

        try
        {
            return await ReadAtOnceAsync(database, read, cancellationToken);
        }
        catch (MemoryStoreException fault) when (IsTooLarge(fault))
        {
            return await ReadInPiecesAsync(database, read, cancellationToken);
        }
    }

    /// <summary>The same within a file's transaction; nothing when the thread is gone.</summary>
    public static IReadOnlyList<Message> Read(SqliteSession session, MessageRead read)
    {
        var (batch, pieces) = ToBatch(read);
        return session.Run(batch) is { Stopped: null } result ? InOrder(result, pieces) : [];
    }

    public static async Task<MessagePage?> PageAsync(LibSqlDatabase database, MessageListing listing, CancellationToken cancellationToken)
    {
        try
        {
            return await PageAtOnceAsync(database, listing, cancellationToken);
        }
        catch (MemoryStoreException fault) when (IsTooLarge(fault) && listing.Limit > 1)
        {
            var first = await PageAsync(database, listing with { Limit = listing.Limit / 2 }, cancellationToken);
            if (first is not { HasMore: true })
            {
                return first;
            }

            var rest = await PageAsync(database, listing with { Limit = listing.Limit - first.Items.Count, After = first.Items[^1].Position }, cancellationToken);
            return rest is null ? null : new MessagePage([.. first.Items, .. rest.Items], rest.HasMore);
        }
    }

    public static Task<StoredMessage?> FindAsync(LibSqlDatabase database, ThreadAddress thread, string messageId, CancellationToken cancellationToken)
    {
        var batch = Batch.Read("find a message");
        batch.Add(ById, thread.Id, thread.ResourceId, messageId);
        return database.RunAsync(
            batch, result => result.First(0, row => new StoredMessage(Rows.Message(row, thread.Id), row.GetInt64(7), row.GetBytes(8).ToArray())), cancellationToken);
    }

    /// <summary>Whether an answer would have been larger than the server allows.</summary>
    public static bool IsTooLarge(MemoryStoreException fault) => fault.InnerException is HranaException { IsTooLarge: true };

    /// <summary>Roles as statements take them; null for any.</summary>
    public static string? Roles(MessageFilter? filter) =>
        filter?.Roles is { } some ? JsonSerializer.Serialize(some.Select(role => role.Name()).ToArray(), LibSqlJson.Default.StringArray) : null;

    private static Task<IReadOnlyList<Message>?> ReadAtOnceAsync(LibSqlDatabase database, MessageRead read, CancellationToken cancellationToken)
    {
        var (batch, pieces) = ToBatch(read);
        return database.RunAsync(batch, result => result.Stopped is null ? InOrder(result, pieces) : null, cancellationToken);
    }

    private static (Batch Batch, List<(int Statement, string ThreadId)> Pieces) ToBatch(MessageRead read)
    {
        var batch = Batch.Read("read messages");
        List<(int Statement, string ThreadId)> pieces = [];
        if (read.ThreadId is { } threadId)
        {
            batch.Require(Rows.HasThread, threadId, read.ResourceId);
            if (read.Last > 0)
            {
                pieces.Add((batch.Add(Last, threadId, read.Last), threadId));
            }
        }

        foreach (var range in read.Ranges)
        {
            pieces.Add((
                batch.Add(Range, range.ThreadId, read.ResourceId, Math.Clamp(range.From, 0, MessageKey.LastPosition), Math.Clamp(range.To, 0, MessageKey.LastPosition)), range.ThreadId));
        }

        return (batch, pieces);
    }

    private static async Task<IReadOnlyList<Message>?> ReadInPiecesAsync(LibSqlDatabase database, MessageRead read, CancellationToken cancellationToken)
    {
        List<Message> messages = [];
        if (read.ThreadId is { } threadId)
        {
            var last = await PageAsync(database, new MessageListing(new ThreadAddress(threadId, read.ResourceId), Math.Max(1, read.Last), Descending: true, After: null, Filter: null), cancellationToken);
            if (last is null)
            {
                return null;
            }

            messages.AddRange(last.Items.Take(read.Last));
        }

        foreach (var range in read.Ranges)
        {
            messages.AddRange(await ReadRangeAsync(database, range, read.ResourceId, cancellationToken));
        }

        return InOrder(messages);
    }

    private static async Task<IReadOnlyList<Message>> ReadRangeAsync(LibSqlDatabase database, PositionRange range, string? resourceId, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAtOnceAsync(database, new MessageRead { ResourceId = resourceId, Ranges = [range] }, cancellationToken) ?? [];
        }
        catch (MemoryStoreException fault) when (IsTooLarge(fault) && range.From < range.To)
        {
            var middle = range.From + ((range.To - range.From) / 2);
            return
            [
                .. await ReadRangeAsync(database, range with { To = middle }, resourceId, cancellationToken),
                .. await ReadRangeAsync(database, range with { From = middle + 1 }, resourceId, cancellationToken),
            ];
        }
    }

    private static Task<MessagePage?> PageAtOnceAsync(LibSqlDatabase database, MessageListing listing, CancellationToken cancellationToken)
    {
        var batch = Batch.Read("list messages");
        batch.Require(Rows.HasThread, listing.Thread.Id, listing.Thread.ResourceId);
        var start = Math.Clamp(listing.After ?? (listing.Descending ? MessageKey.LastPosition + 1 : 0), 0, MessageKey.LastPosition + (listing.Descending ? 1 : 0));
        var page = batch.Add(
            listing.Descending ? Backward : Forward, listing.Thread.Id, start, Roles(listing.Filter),
            listing.Filter?.From?.ToUnixMicroseconds() ?? long.MinValue, listing.Filter?.To?.ToUnixMicroseconds() ?? long.MaxValue, listing.Limit + 1);
        return database.RunAsync(
            batch,
            result =>
            {
                if (result.Stopped is not null)
                {
                    return null;
                }

                // One row more than asked tells whether there is a next page.
                var messages = result.All(page, row => Rows.Message(row, listing.Thread.Id));
                var hasMore = messages.Count > listing.Limit;
                return new MessagePage(hasMore ? messages[..listing.Limit] : messages, hasMore);
            },
            cancellationToken);
    }

    private static IReadOnlyList<Message> InOrder(BatchResult result, List<(int Statement, string ThreadId)> pieces) =>
        InOrder(pieces.SelectMany(piece => result.Rows(piece.Statement).Select(row => Rows.Message(row, piece.ThreadId))));

    private static IReadOnlyList<Message> InOrder(IEnumerable<Message> messages) =>
    [
        .. messages.DistinctBy(message => (message.ThreadId, message.Position)).OrderBy(message => message.ThreadId, StringComparer.Ordinal).ThenBy(message => message.Position),
    ];
}
