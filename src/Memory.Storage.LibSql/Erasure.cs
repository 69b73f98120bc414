using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Removes a resource in steps short enough for other writers to come in between. Each step names the messages it removes, and tells which come next.</summary>
internal static class Erasure
{
    private const int MessagesPerStep = 2_000;
    private const string Operation = "erase a resource";

    private const string Keys = "(select value from json_each(?1))";
    private const string CountMessages = $"select count(*) from messages where key in {Keys} and content is not null";
    private const string RemoveWords = $"delete from words where key in {Keys}";
    private const string RemoveVectors = $"delete from vectors where key in {Keys}";
    private const string Unlist = $"delete from pending_embeddings where key in {Keys}";
    private const string RemoveMessages = $"delete from messages where key in {Keys}";

    private const string ChangedThreads =
        "select resource_key, key << 28, key << 28 | 268435455 from threads where key in (select value >> 28 from json_each(?1))";

    private const string EmptyThreads =
        """
        select t.key from threads t where t.resource_key = (select key from resources where id = ?1)
          and not exists (select 1 from messages m where m.key between t.key << 28 and t.key << 28 | 268435455)
        """;

    private const string RemoveWorkingMemory = $"delete from working_memory where is_thread = 1 and owner_key in ({EmptyThreads})";
    private const string RemoveNobodys = $"delete from operations where resource_id is null and thread_id in (select id from threads where key in ({EmptyThreads}))";
    private const string RemoveThreads = $"delete from threads where key in ({EmptyThreads})";

    // What still hangs on the threads that go next. Afterwards nothing would tell whose it was.
    private const string LeftOfThreads =
        $"""
        select coalesce(sum(
               (select count(*) from vectors where key between t.key << 28 and t.key << 28 | 268435455)
             + (select count(*) from pending_embeddings where key between t.key << 28 and t.key << 28 | 268435455)
             + (select count(*) from words where key between t.key << 28 and t.key << 28 | 268435455)
             + (select count(*) from working_memory where is_thread = 1 and owner_key = t.key)
             + (select count(*) from operations where resource_id is null and thread_id = t.id)), 0)
        from threads t where t.key in ({EmptyThreads})
        """;

    private const string Next =
        """
        select m.key from threads t cross join messages m on m.key between t.key << 28 and t.key << 28 | 268435455
        where t.resource_key = (select key from resources where id = ?1) limit ?2
        """;

    private const string HasNoThread = "not exists (select 1 from threads where resource_key = (select key from resources where id = ?1))";
    private const string RemoveDocument = "delete from working_memory where is_thread = 0 and owner_key = (select key from resources where id = ?1)";
    private const string RemoveOperations = "delete from operations where resource_id = ?1";
    private const string KeyOfResource = "select key from resources where id = ?1";
    private const string RemoveResource = "delete from resources where id = ?1";

    // As far as the resource's key tells it, before that is gone.
    private const string LeftOfResource =
        """
        select (select count(*) from threads where resource_key = r.key)
             + (select count(*) from words where resource_key = r.key)
             + (select count(*) from working_memory where is_thread = 0 and owner_key = r.key)
        from resources r where r.id = ?1
        """;

    private const string LeftById = "select (select count(*) from resources where id = ?1) + (select count(*) from operations where resource_id = ?1)";

    private const string AddNote = "insert into erasures (mark, erased_at) values (?1, ?2) on conflict (mark) do update set erased_at = max(erased_at, excluded.erased_at)";
    private const string ForgetNotes = "delete from erasures where erased_at < ?1";

    /// <summary>Whether the resource whose mark is ?1 was erased at the time ?2 or later.</summary>
    public const string NoteSince = "select 1 from erasures where mark = ?1 and erased_at >= ?2";

    public static async Task<ErasedCounts> RunAsync(LibSqlDatabase database, string resourceId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await NoteAsync(database, resourceId, now, cancellationToken);
        var counts = new ErasedCounts(0, 0, 0, 0, 0);
        long[] keys = [];
        while (true)
        {
            (var step, keys) = await StepAsync(database, resourceId, keys, cancellationToken);
            counts = Sum(counts, step);
            if (keys.Length == 0 && await FinishAsync(database, resourceId, cancellationToken) is { } rest)
            {
                return Sum(counts, rest);
            }
        }
    }

    // In a transaction before all others: from here on nothing that was accepted earlier is written behind a step's back.
    private static Task NoteAsync(LibSqlDatabase database, string resourceId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var batch = Batch.Write(Operation);
        batch.Add(AddNote, Erasures.Mark(resourceId), now.ToUnixMicroseconds());
        batch.Add(ForgetNotes, (now - Erasures.Remembered).ToUnixMicroseconds());
        return database.RunAsync(batch, result => result.Stopped, cancellationToken);
    }

    private static Task<(ErasedCounts Counts, long[] Next)> StepAsync(LibSqlDatabase database, string resourceId, long[] keys, CancellationToken cancellationToken)
    {
        var list = JsonSerializer.Serialize(keys, LibSqlJson.Default.Int64Array);
        var batch = Batch.Write(Operation);
        var messages = batch.Add(CountMessages, list);
        Journal.Note(database, batch, ChangedThreads, list);
        foreach (var remove in database.KeepsWords ? (string[])[RemoveWords, RemoveVectors, Unlist, RemoveMessages] : [RemoveVectors, Unlist, RemoveMessages])
        {
            batch.Add(remove, list);
        }

        var documents = batch.Add(RemoveWorkingMemory, resourceId);
        var operations = batch.Add(RemoveNobodys, resourceId);
        var left = batch.Add(LeftOfThreads, resourceId);
        var threads = batch.Add(RemoveThreads, resourceId);
        var next = batch.Add(Next, resourceId, MessagesPerStep);
        return database.RunAsync(
            batch,
            result => (
                new ErasedCounts(result.Changed(threads), result.Number(messages)!.Value, result.Changed(documents), result.Changed(operations), result.Number(left)!.Value), // aggregates always have a row
                result.All(next, row => row.GetInt64(0)).ToArray()),
            cancellationToken);
    }

    // Removes what hangs on the resource itself, and looks for leftovers; null when it was appended to meanwhile.
    private static async Task<ErasedCounts?> FinishAsync(LibSqlDatabase database, string resourceId, CancellationToken cancellationToken)
    {
        var batch = Batch.Write(Operation);
        batch.Require(HasNoThread, resourceId);
        var documents = batch.Add(RemoveDocument, resourceId);
        var operations = batch.Add(RemoveOperations, resourceId);
        var left = batch.Add(LeftOfResource, resourceId);
        var key = batch.Add(KeyOfResource, resourceId);
        batch.Add(RemoveResource, resourceId);
        var leftById = batch.Add(LeftById, resourceId);
        var (counts, resourceKey) = await database.RunAsync(
            batch,
            result => result.Stopped is null
                ? (new ErasedCounts(0, 0, result.Changed(documents), result.Changed(operations), (result.Number(left) ?? 0) + result.Number(leftById)!.Value), result.Number(key)) // as above
                : (null, null),
            cancellationToken);
        if (resourceKey is { } gone)
        {
            database.DropIndex(gone);
        }

        return counts;
    }

    private static ErasedCounts Sum(ErasedCounts one, ErasedCounts other) => new(
        one.Threads + other.Threads, one.Messages + other.Messages, one.WorkingMemories + other.WorkingMemories, one.Operations + other.Operations, one.Leftovers + other.Leftovers);
}
