using Memory.Core;

namespace Memory.Storage.Postgres;

/// <summary>The removal of a resource, in transactions of a bounded number of messages each.</summary>
internal static class Erasure
{
    private const int MessagesPerStep = 2_000;

    private const string Operation = "erase a resource";

    private const string Note = "select {note_erasure}($1, $2, $3)";
    private const string Part = "select * from {erase_part}($1, $2)";
    private const string End = "select * from {end_erasure}($1)";

    public static async Task<ErasedCounts> RunAsync(PostgresDatabase database, string resourceId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // First, and in a transaction of its own: what was accepted before then is either stored already, and found, or refused.
        await database.ListAsync(
            Operation, Note, () => [Parameter.Text(Erasures.Mark(resourceId)), Parameter.Time(now), Parameter.Time(now - Erasures.Remembered)], _ => true, cancellationToken);

        var (sum, remaining) = (new ErasedCounts(0, 0, 0, 0, 0), 0L);
        do
        {
            while (await database.ListAsync(
                Operation, Part, () => [Parameter.Text(resourceId), Parameter.Integer(MessagesPerStep)],
                row => new ErasedCounts(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt64(4)), cancellationToken) is [var part])
            {
                sum = Sum(sum, part);
            }

            var (documents, operations, leftovers) = (await database.ListAsync(
                Operation, End, () => [Parameter.Text(resourceId)], row => (row.GetInt32(0), row.GetInt32(1), row.GetInt64(2)), cancellationToken))[0];
            sum = Sum(sum, new ErasedCounts(0, 0, documents, operations, 0));
            remaining = leftovers;
        }
        while (remaining > 0); // appended to meanwhile
        return sum;
    }

    private static ErasedCounts Sum(ErasedCounts a, ErasedCounts b) =>
        new(a.Threads + b.Threads, a.Messages + b.Messages, a.WorkingMemories + b.WorkingMemories, a.Operations + b.Operations, a.Leftovers + b.Leftovers);
}
