namespace Memory.Storage.LibSql;

/// <summary>What changed since when, for indexes in memory: those of this process and of others that have the file open. On a server there are none.</summary>
internal static class Journal
{
    // The newest always stays, so that sequence numbers rise. An index that is further behind than these is built anew.
    private const string Forget =
        """
        delete from changes
        where (select max(sequence) from changes) % 1024 = 0 and sequence <= (select max(sequence) from changes) - 16384
        """;

    /// <summary>Has indexes read ranges of messages again.</summary>
    /// <param name="database">Where.</param>
    /// <param name="batch">What changes them.</param>
    /// <param name="ranges">A query for their resources' keys, and their own from first to last.</param>
    /// <param name="values">Its values.</param>
    public static void Note(LibSqlDatabase database, Batch batch, string ranges, params object?[] values)
    {
        if (!database.KeepsWords)
        {
            batch.Add($"insert into changes (resource_key, first_key, last_key) {ranges}", values);
            batch.Add(Forget);
        }
    }
}
