using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>
/// Reads of messages, each one statement. One that is held to a resource looks for that resource's key, and one that is not looks nothing up for it.
/// </summary>
internal static class MessageReads
{
    // The thread's row comes even without messages: that it is there is part of the answer. A limit that the planner cannot look into leaves one plan for every value of it, which is made once;
    // otherwise a plan for each would seem to be worth making, and that takes longer than the read.
    private const string Last =
        $$"""
        select true, {{Rows.MessageColumns}}
        from {threads} t left join lateral (
            select * from {messages} m
            where m.thread_key = t.key and m.resource_key = t.resource_key and m.content is not null order by m.position desc limit (select $2)) m on true
        where t.id = $1 and ($3::text is null or t.resource_key = (select o.key from {resources} o where o.id = $3))
        """;

    // Range by range: with joins the planner may prefer to walk through every message.
    private const string LastAndRanges =
        $$"""
        {{Last}}
        union all
        select false, {{Rows.MessageColumns}}
        from (select w.thread_id, least(w.first, 2147483647)::integer as first, least(w.last, 2147483647)::integer as last
              from unnest($4::text[], $5::bigint[], $6::bigint[]) w (thread_id, first, last)) w
            cross join lateral (select * from {threads} k where k.id = w.thread_id limit 1) t
            join {resources} r on r.key = t.resource_key and ($3::text is null or r.id = $3)
            cross join lateral (
                select * from {messages} m
                where m.thread_key = t.key and m.resource_key = t.resource_key and m.position between w.first and w.last and m.content is not null offset 0) m
        """;

    private const string ById =
        $$"""
        select {{Rows.MessageColumns}}, m.revision, m.fingerprint
        from {threads} t join {messages} m on m.thread_key = t.key and m.resource_key = t.resource_key
        where t.id = $1 and m.id = $2 and m.content is not null and ($3::text is null or t.resource_key = (select o.key from {resources} o where o.id = $3))
        """;

    private const string Forward =
        $$"""
        select {{Rows.MessageColumns}}
        from {threads} t left join lateral (
            select * from {messages} m
            where m.thread_key = t.key and m.resource_key = t.resource_key and m.content is not null and m.position > $2
              and ($3::text[] is null or m.role = any ($3)) and ($4::timestamptz is null or m.created_at >= $4) and ($5::timestamptz is null or m.created_at <= $5)
            order by m.position limit (select $6)) m on true
        where t.id = $1 and ($7::text is null or t.resource_key = (select o.key from {resources} o where o.id = $7))
        order by m.position
        """;

    private const string Backward =
        $$"""
        select {{Rows.MessageColumns}}
        from {threads} t left join lateral (
            select * from {messages} m
            where m.thread_key = t.key and m.resource_key = t.resource_key and m.content is not null and m.position < $2
              and ($3::text[] is null or m.role = any ($3)) and ($4::timestamptz is null or m.created_at >= $4) and ($5::timestamptz is null or m.created_at <= $5)
            order by m.position desc limit (select $6)) m on true
        where t.id = $1 and ($7::text is null or t.resource_key = (select o.key from {resources} o where o.id = $7))
        order by m.position desc
        """;

    public static async Task<IReadOnlyList<Message>?> ReadAsync(PostgresDatabase database, MessageRead read, CancellationToken cancellationToken)
    {
        Func<NpgsqlParameter[]> one = () => [Parameter.Text(read.ThreadId), Parameter.Bigint(read.Last), Parameter.Text(read.ResourceId)];
        var rows = await database.ListAsync(
            "read messages", read.Ranges.Count == 0 ? Last : LastAndRanges,
            read.Ranges.Count == 0 ? one : () =>
            [
                .. one(), Parameter.Texts([.. read.Ranges.Select(range => range.ThreadId)]),
                Parameter.Bigints([.. read.Ranges.Select(range => range.From)]), Parameter.Bigints([.. read.Ranges.Select(range => range.To)]),
            ],
            row => (IsThreads: row.GetBoolean(0), Message: row.IsDBNull(2) ? null : Rows.Message(row, 1)), cancellationToken);
        return read.ThreadId is not null && !rows.Exists(row => row.IsThreads)
            ? null
            : [.. rows.Select(row => row.Message).OfType<Message>()
                .DistinctBy(message => (message.ThreadId, message.Position)).OrderBy(message => message.ThreadId, StringComparer.Ordinal).ThenBy(message => message.Position)];
    }

    public static async Task<MessagePage?> PageAsync(PostgresDatabase database, MessageListing listing, CancellationToken cancellationToken)
    {
        var (sql, after) = listing.Descending ? (Backward, listing.After ?? int.MaxValue) : (Forward, listing.After ?? 0);
        var rows = await database.ListAsync(
            "list messages", sql,
            () =>
            [
                Parameter.Text(listing.Thread.Id), Parameter.Integer((int)Math.Clamp(after, 0, int.MaxValue)), Parameter.Texts(listing.Filter?.Roles?.Select(role => role.Name()).ToArray()),
                Parameter.Time(listing.Filter?.From), Parameter.Time(listing.Filter?.To), Parameter.Bigint(listing.Limit + 1L), Parameter.Text(listing.Thread.ResourceId),
            ],
            row => row.IsDBNull(1) ? null : Rows.Message(row), cancellationToken);
        List<Message> messages = [.. rows.OfType<Message>()];
        return rows.Count == 0 ? null : new MessagePage([.. messages.Take(listing.Limit)], messages.Count > listing.Limit);
    }

    public static Task<StoredMessage?> FindAsync(PostgresDatabase database, ThreadAddress thread, string messageId, CancellationToken cancellationToken) => database.FindAsync(
        "find a message", ById, () => [Parameter.Text(thread.Id), Parameter.Text(messageId), Parameter.Text(thread.ResourceId)],
        row => new StoredMessage(Rows.Message(row), row.GetInt32(8), row.GetFieldValue<Guid>(9).ToByteArray(bigEndian: true)), cancellationToken);
}
