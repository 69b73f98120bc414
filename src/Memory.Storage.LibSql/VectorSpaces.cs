using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>The space that the stored vectors are of. A new one is made when there is none, or when everything moves to another embedder.</summary>
/// <param name="Key">Its key; every row of vectors names it.</param>
/// <param name="Space">The embedder's.</param>
internal sealed record VectorSpaces(long Key, EmbeddingSpace Space)
{
    private const int MessagesPerFill = 2_000;

    private const string Newest = "select key, model, dimensions from vector_spaces order by key desc limit 1";

    private const string Add =
        """
        insert into vector_spaces (model, dimensions, created_at, fill_from, fill_to)
        values (?1, ?2, ?3, 0, (select coalesce(max(key), 0) from messages))
        """;

    private const string EndOfFill =
        """
        select max(key) from (
            select m.key from messages m join vector_spaces s on s.key = (select max(key) from vector_spaces)
            where s.fill_from < s.fill_to and m.key > s.fill_from and m.key <= s.fill_to order by m.key limit ?1)
        """;

    private const string ListMissing =
        """
        insert or ignore into pending_embeddings (key, due_at, attempts)
        select m.key, ?2, 0 from messages m join vector_spaces s on s.key = (select max(key) from vector_spaces)
        where m.key > s.fill_from and m.key <= ?1 and m.terms is not null
          and not exists (select 1 from vectors v where v.key = m.key and v.space_key = s.key)
        """;

    private const string Advance =
        "update vector_spaces set fill_from = coalesce(?1, fill_to) where key = (select max(key) from vector_spaces) and fill_from < fill_to";

    public static VectorSpaces? Current(SqliteSession session) =>
        session.First(Newest, row => new VectorSpaces(row.GetInt64(0), new EmbeddingSpace(row.GetString(1), row.GetInt32(2))));

    /// <summary>Makes a space the current one, and has every message listed for it.</summary>
    public static VectorSpaces Begin(SqliteSession session, EmbeddingSpace space, DateTimeOffset now)
    {
        session.Execute(Add, space.Model, space.Dimensions, now.ToUnixMicroseconds());
        return Current(session)!; // just added
    }

    /// <summary>Lists the next of the messages that were there before their space, those without a vector of it.</summary>
    /// <returns>Whether there are more.</returns>
    public static bool Fill(SqliteSession session, DateTimeOffset now)
    {
        var end = session.Number(EndOfFill, MessagesPerFill);
        if (end is not null)
        {
            session.Execute(ListMissing, end, now.ToUnixMicroseconds());
        }

        return session.Execute(Advance, end) > 0 && end is not null;
    }
}
