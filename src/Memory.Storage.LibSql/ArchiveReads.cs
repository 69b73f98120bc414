using System.Runtime.InteropServices;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Reads of whole threads, a page at a time. A page that is too large for one answer ends earlier.</summary>
internal static class ArchiveReads
{
    private const string States =
        $"""
        select {Rows.ThreadColumns}, coalesce(w.version, 0)
        from threads t join resources r on r.key = t.resource_key left join working_memory w on w.is_thread = 1 and w.owner_key = t.key
        where t.id in (select value from json_each(?1))
        """;

    private const string HasThread = "exists (select 1 from threads where id = ?1 and (?2 is null or resource_key = (select key from resources where id = ?2)))";

    private const string IsAfter = "m.key > (select key << 28 | ?2 from threads where id = ?1) and m.content is not null";
    private const string IsOfThread = "m.key <= (select key << 28 | 268435455 from threads where id = ?1)";

    private const string Vectors = $"left join vectors v on ?5 and v.key = m.key and v.space_key = {VectorRows.Newest}";

    // Lengths are known without reading what they are of. The row after the page's last tells whether there is one. The page has one upper bound only: with the thread's beside it, SQLite
    // would walk to the one and compare with the other.
    private const string Page =
        $"""
        with sized as materialized (
            select key, row_number() over so_far as number, sum(text) over so_far as text, sum(other) over so_far as other
            from (
                select m.key as key, octet_length(m.content) as text, coalesce(octet_length(v.vectors), 0) as other
                from messages m {Vectors} where {IsAfter} and {IsOfThread} order by m.key limit ?3 + 1)
            window so_far as (order by key))
        select {Columns}, m.revision, m.fingerprint, v.vectors, m.key < (select max(key) from sized)
        from messages m {Vectors}
        where {IsAfter} and m.key <= (select max(key) from sized where number = 1 or (number <= ?3 and text <= ?4 and text + other <= ?6))
        order by m.key
        """;

    // Those that Rows.Message reads.
    private const string Columns = "m.key, m.role, m.created_at, m.id, m.name, m.metadata, m.content";

    // Of content and vectors: a server's answer holds them as text, and may have 10 MB (sqld's --max-response-size).
    private const int BytesPerPage = 5_000_000;

    public static async Task<IReadOnlyList<StoredThread>> FindThreadsAsync(LibSqlDatabase database, IReadOnlyList<string> threadIds, CancellationToken cancellationToken)
    {
        if (threadIds.Count == 0)
        {
            return [];
        }

        var batch = Batch.Read("find threads");
        batch.Add(States, JsonSerializer.Serialize([.. threadIds], LibSqlJson.Default.StringArray));
        try
        {
            return await database.RunAsync(batch, result => result.All(0, row => new StoredThread(Rows.Thread(row), row.GetInt64(10))), cancellationToken);
        }
        catch (MemoryStoreException fault) when (MessageReads.IsTooLarge(fault) && threadIds.Count > 1)
        {
            var half = threadIds.Count / 2;
            return
            [
                .. await FindThreadsAsync(database, [.. threadIds.Take(half)], cancellationToken),
                .. await FindThreadsAsync(database, [.. threadIds.Skip(half)], cancellationToken),
            ];
        }
    }

    public static async Task<ArchivePage?> ReadAsync(LibSqlDatabase database, ArchiveRead read, CancellationToken cancellationToken)
    {
        var batch = Batch.Read("read a thread's messages");
        batch.Require(HasThread, read.ThreadId, read.ResourceId);
        var space = batch.Add(VectorRows.Space);
        var page = batch.Add(Page, read.ThreadId, Math.Clamp(read.After, 0, MessageKey.LastPosition), read.Limit, read.MaxBytes, read.WithVectors, BytesPerPage);
        try
        {
            return await database.RunAsync(
                batch,
                result => result.Stopped is not null ? null : new ArchivePage(
                    result.All(page, row => Archived(row, read.ThreadId)), HasMore: result.Rows(page) is [.., var last] && last.GetBoolean(10), result.First(space, VectorRows.ReadSpace)),
                cancellationToken);
        }
        catch (MemoryStoreException fault) when (MessageReads.IsTooLarge(fault) && read.Limit > 1)
        {
            return await ReadAsync(database, read with { Limit = read.Limit / 2 }, cancellationToken);
        }
    }

    private static ArchivedMessage Archived(IRow row, string threadId) =>
        new(new StoredMessage(Rows.Message(row, threadId), row.GetInt64(7), row.GetBytes(8).ToArray()), row.IsNull(9) ? null : Floats(row.GetBytes(9)));

    private static ReadOnlyMemory<float>? Floats(ReadOnlySpan<byte> vectors) => MemoryMarshal.Cast<byte, float>(vectors).ToArray();
}
