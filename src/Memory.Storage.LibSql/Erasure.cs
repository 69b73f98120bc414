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
    private const string RemoveThreads = $"delete from threads where key in ({EmptyThreads})";

    private const string Next =
        """
        select m.key from threads t cross join messages m on m.key between t.key << 28 and t.key << 28 | 268435455
        where t.resource_key = (select key from resources where id = ?1) limit ?2
        """;

    private const string HasNoThread = "not exists (select 1 from threads where resource_key = (select key from resources where id = ?1))";
    private const string RemoveDocument = "delete from working_memory where is_thread = 0 and owner_key = (select key from resources where id = ?1)";
    private const string RemoveOperations = "delete from operations where resource_id = ?1";
    private const string RemoveResource = "delete from resources where id = ?1";

    private const string Leftovers =
        """
        select (select count(*) from resources where id = ?1)
             + (select count(*) from words where resource_key = (select key from resources where id = ?1))
             + (select count(*) from threads t join resources r on r.key = t.resource_key where r.id = ?1)
             + (select count(*) from operations where resource_id = ?1)
        """;

    public static async Task<ErasedCounts> RunAsync(LibSqlDatabase database, string resourceId, CancellationToken cancellationToken)
    {
        var (threads, messages, documents) = (0L, 0L, 0L);
        long[] keys = [];
        while (true)
        {
            var step = await StepAsync(database, resourceId, keys, cancellationToken);
            (threads, messages, documents, keys) = (threads + step.Threads, messages + step.Messages, documents + step.Documents, step.Next);
            if (keys.Length == 0 && await FinishAsync(database, resourceId, cancellationToken) is { } rest)
            {
                return rest with { Threads = threads, Messages = messages, WorkingMemories = documents + rest.WorkingMemories };
            }
        }
    }

    private static Task<(int Threads, long Messages, int Documents, long[] Next)> StepAsync(LibSqlDatabase database, string resourceId, long[] keys, CancellationToken cancellationToken)
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
        var threads = batch.Add(RemoveThreads, resourceId);
        var next = batch.Add(Next, resourceId, MessagesPerStep);
        return database.RunAsync(
            batch,
            result => (result.Changed(threads), result.Number(messages)!.Value, result.Changed(documents), result.All(next, row => row.GetInt64(0)).ToArray()), // an aggregate always has a row
            cancellationToken);
    }

    // Removes what hangs on the resource itself, and looks for leftovers; null when it was appended to meanwhile.
    private static Task<ErasedCounts?> FinishAsync(LibSqlDatabase database, string resourceId, CancellationToken cancellationToken)
    {
        var batch = Batch.Write(Operation);
        batch.Require(HasNoThread, resourceId);
        var documents = batch.Add(RemoveDocument, resourceId);
        var operations = batch.Add(RemoveOperations, resourceId);
        batch.Add(RemoveResource, resourceId);
        var leftovers = batch.Add(Leftovers, resourceId);
        return database.RunAsync(
            batch,
            result => result.Stopped is null ? new ErasedCounts(0, 0, result.Changed(documents), result.Changed(operations), result.Number(leftovers)!.Value) : null, // as above
            cancellationToken);
    }
}
