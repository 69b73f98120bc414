using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>The space that the stored vectors are of. A new one is made when there is none, or when everything moves to another embedder.</summary>
/// <param name="Key">Its key; every row of vectors names it.</param>
/// <param name="Space">The embedder's.</param>
internal sealed record VectorSpaces(long Key, EmbeddingSpace Space)
{
    private const string Newest = "select key, model, dimensions from vector_spaces order by key desc limit 1";

    private const string Add =
        """
        insert into vector_spaces (model, dimensions, created_at, fill_from, fill_to)
        values (?1, ?2, ?3, 0, (select coalesce(max(key), 0) from messages))
        """;

    public static VectorSpaces? Current(SqliteSession session) =>
        session.First(Newest, row => new VectorSpaces(row.GetInt64(0), new EmbeddingSpace(row.GetString(1), row.GetInt32(2))));

    /// <summary>Makes a space the current one, and has every message listed for it.</summary>
    public static VectorSpaces Begin(SqliteSession session, EmbeddingSpace space, DateTimeOffset now)
    {
        session.Execute(Add, space.Model, space.Dimensions, now.ToUnixMicroseconds());
        return Current(session)!; // just added
    }
}
