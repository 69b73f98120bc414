using Memory.Core;

namespace Memory.Mastra;

/// <summary>The tables and columns that are read, of those that Mastra 1 makes.</summary>
internal static class RequiredColumns
{
    private static readonly Dictionary<string, string[]> InAny = new(StringComparer.Ordinal)
    {
        ["mastra_threads"] = ["id", "resourceId", "title", "metadata", "createdAt", "updatedAt"],
        ["mastra_messages"] = ["id", "thread_id", "content", "role", "type", "createdAt", "resourceId"],
        ["mastra_resources"] = ["id", "workingMemory", "metadata", "createdAt", "updatedAt"],
    };

    // Those with a time zone, which older versions did not have.
    private static readonly Dictionary<string, string[]> InPostgres = new(StringComparer.Ordinal)
    {
        ["mastra_threads"] = ["createdAtZ", "updatedAtZ"],
        ["mastra_messages"] = ["createdAtZ"],
        ["mastra_resources"] = ["createdAtZ", "updatedAtZ"],
    };

    public static string[] Tables { get; } = [.. InAny.Keys];

    /// <exception cref="MemoryStoreException">Some are missing, with their names.</exception>
    public static void Check(ILookup<string, string> columns, bool isPostgres, string place)
    {
        var tables = Tables.Where(table => !columns.Contains(table)).ToArray();
        if (tables.Length > 0)
        {
            throw Faults.Of("read the tables", $"{place} is no database of Mastra Memory: it has no table {string.Join(", ", tables)}");
        }

        var missing = Tables.SelectMany(table => InAny[table].Concat(isPostgres ? InPostgres[table] : []).Except(columns[table]).Select(column => $"{table}.{column}")).ToArray();
        if (missing.Length > 0)
        {
            throw Faults.Of("read the tables", $"{place} was made by an older version of Mastra and has no {string.Join(", ", missing)}; start version 1 of Mastra once on it, which adds what is missing");
        }
    }
}
