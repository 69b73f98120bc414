namespace Memory.Storage.LibSql;

/// <summary>
/// Brings the index of words up to date where messages were written without it: a file that had been opened by itself keeps its index in memory, and empties this one (docs/decisions/0013).
/// Several instances may do so at once, and any may be stopped.
/// </summary>
internal static class WordIndex
{
    /// <summary>Whether every message is in it.</summary>
    public const string IsComplete = "exists (select 1 from word_index where filled_to is null)";

    /// <summary>In a new database there is nothing to bring up to date.</summary>
    public const string BeginComplete = "insert into word_index (one) select 1 where not exists (select 1 from messages) on conflict do nothing";

    private const int MessagesPerStep = 500;

    // The rest of a page that is too large comes with the next.
    private const int BytesPerStep = 1_000_000;

    private const string Operation = "index the words of messages";

    private const string Next =
        """
        select key, revision, resource_key, terms
        from (
            select m.key, m.revision, t.resource_key, m.terms, sum(length(m.terms)) over (order by m.key) - length(m.terms) as before
            from (
                select key, revision, terms from messages
                where key > coalesce((select filled_to from word_index), 0) and terms is not null order by key limit ?1) m
                join threads t on t.key = m.key >> 28)
        where before < ?2 order by key
        """;

    // A message that was edited meanwhile has written its words itself.
    private const string Add =
        """
        insert into words (resource_key, term, key, count, length)
        select ?1, j.value ->> 0, ?2, j.value ->> 1, ?3 from json_each(?4) j
        where exists (select 1 from messages where key = ?2 and revision = ?5 and terms is not null)
        on conflict do nothing
        """;

    private const string Advance = "insert into word_index (one, filled_to) values (1, ?1) on conflict (one) do update set filled_to = max(filled_to, excluded.filled_to)";
    private const string Finish = "insert into word_index (one) values (1) on conflict (one) do update set filled_to = null";

    /// <summary>Goes on for some steps.</summary>
    /// <returns>Whether every message is in it.</returns>
    public static async Task<bool> FillAsync(LibSqlDatabase database, int steps, CancellationToken cancellationToken)
    {
        while (steps-- > 0)
        {
            if (!await StepAsync(database, cancellationToken))
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>Whether there may be more.</returns>
    private static async Task<bool> StepAsync(LibSqlDatabase database, CancellationToken cancellationToken)
    {
        var read = Batch.Read(Operation);
        read.Require($"not {IsComplete}");
        read.Add(Next, MessagesPerStep, BytesPerStep);
        var page = await database.RunAsync(
            read,
            result => result.Stopped is null ? result.All(1, row => (Key: row.GetInt64(0), Revision: row.GetInt64(1), Resource: row.GetInt64(2), Words: Words.Of(row.GetBytes(3)))) : null,
            cancellationToken);
        if (page is null)
        {
            return false;
        }

        var write = Batch.Write(Operation);
        foreach (var (key, revision, resource, words) in page)
        {
            write.Add(Add, resource, key, words.Length, words.Json, revision);
        }

        _ = page.Count > 0 ? write.Add(Advance, page[^1].Key) : write.Add(Finish);
        return await database.RunAsync(write, _ => page.Count > 0, cancellationToken);
    }
}
