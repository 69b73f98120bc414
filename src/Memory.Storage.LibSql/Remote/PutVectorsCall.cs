using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Storing the vectors of messages in one request.</summary>
internal static class PutVectorsCall
{
    private const string AddSpace =
        """
        insert into vector_spaces (model, dimensions, created_at, fill_from, fill_to)
        select ?1, ?2, ?3, 0, (select coalesce(max(key), 0) from messages) where not exists (select 1 from vector_spaces)
        """;

    private const string IsSpace = $"exists (select 1 from vector_spaces where key = {VectorRows.Newest} and model = ?1 and dimensions = ?2)";

    private const string Put =
        $"""
        insert into vectors (key, space_key, vectors)
        select m.key, {VectorRows.Newest}, ?3 from threads t join messages m on m.key = t.key << 28 | ?2
        where t.id = ?1 and m.revision = ?4 and m.fingerprint = ?5 and m.content is not null
        on conflict (key) do update set space_key = excluded.space_key, vectors = excluded.vectors
        """;

    private const string UnlistIfPut = $"delete from pending_embeddings where {Batch.HasChanged} and key = (select key << 28 | ?2 from threads where id = ?1)";

    public static Task<int> RunAsync(
        LibSqlDatabase database, EmbeddingSpace space, IReadOnlyList<MessageVectors> messages, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var batch = Batch.Write("store vectors");
        batch.Add(AddSpace, space.Model, space.Dimensions, now.ToUnixMicroseconds());
        var current = batch.Add(VectorRows.Space);
        batch.Require(IsSpace, space.Model, space.Dimensions);
        List<int> puts = [];
        foreach (var (message, values) in messages)
        {
            puts.Add(batch.Add(Put, message.ThreadId, message.Position, VectorRows.Blob(values), message.Revision, message.Fingerprint.ToArray()));
            batch.Add(UnlistIfPut, message.ThreadId, message.Position);
        }

        return database.RunAsync(
            batch, result => result.Stopped is null ? puts.Sum(result.Changed) : throw RefusedException.OtherSpace(result.First(current, VectorRows.ReadSpace)!, space), cancellationToken); // a space is there
    }
}
