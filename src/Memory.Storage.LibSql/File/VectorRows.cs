using System.Runtime.InteropServices;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>The rows of messages' vectors, within the writer's transaction: float32, little-endian, a message's one after another.</summary>
internal static class VectorRows
{
    /// <summary>The key of the current space; null when there is none.</summary>
    public const string Newest = "(select max(key) from vector_spaces)";

    /// <summary>The current space, for <see cref="ReadSpace"/>.</summary>
    public const string Space = "select model, dimensions from vector_spaces order by key desc limit 1";

    private const string Add = "insert into vectors (key, space_key, vectors) values (?1, ?2, ?3)";

    private const string PutIfSame =
        """
        insert into vectors (key, space_key, vectors)
        select key, ?2, ?3 from messages where key = ?1 and revision = ?4 and fingerprint = ?5 and content is not null
        on conflict (key) do update set space_key = excluded.space_key, vectors = excluded.vectors
        """;

    /// <summary>Stores the vectors of messages that have none, which came with these; the first ever begin their space.</summary>
    /// <param name="session">Writes.</param>
    /// <param name="embedded">The vectors; null when there are none to store.</param>
    /// <param name="messages">Each message's key and which of the texts it is.</param>
    /// <param name="now">The time of the change.</param>
    /// <returns>False when nothing was stored: there are none, or they are of another space than the current one.</returns>
    public static bool TryAdd(SqliteSession session, EmbeddedTexts? embedded, IEnumerable<(long Key, int Text)> messages, DateTimeOffset now)
    {
        if (embedded is null)
        {
            return false;
        }

        var current = VectorSpaces.Current(session) ?? VectorSpaces.Begin(session, embedded.Space, now);
        if (current.Space != embedded.Space)
        {
            return false;
        }

        foreach (var (key, text) in messages)
        {
            session.Execute(Add, key, current.Key, Blob(embedded.Vectors[text]));
        }

        return true;
    }

    /// <summary>Stores a message's vectors in place of others, unless it is not what was embedded any more.</summary>
    /// <returns>Whether it still is.</returns>
    public static bool TryPut(SqliteSession session, VectorSpaces space, long key, MessageVectors message) =>
        session.Execute(PutIfSame, key, space.Key, Blob(message.Values), message.Message.Revision, message.Message.Fingerprint.ToArray()) == 1;

    /// <summary>Reads the row of <see cref="Space"/>.</summary>
    public static EmbeddingSpace ReadSpace(IRow row) => new(row.GetString(0), row.GetInt32(1));

    /// <summary>Vectors as they are stored.</summary>
    public static byte[] Blob(ReadOnlyMemory<float> vectors) => MemoryMarshal.AsBytes(vectors.Span).ToArray();
}
