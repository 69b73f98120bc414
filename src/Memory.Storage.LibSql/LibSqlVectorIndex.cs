using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Vectors in a LibSQL file whose messages are kept elsewhere; a search compares all that are in scope. The database is the caller's to close.</summary>
public sealed class LibSqlVectorIndex(LibSqlDatabase database) : IVectorIndex
{
    private const int EntriesPerPage = 500;

    internal const string Put =
        """
        insert into split_vectors (thread_id, message_id, revision, fingerprint, resource_id, model, dimensions, role, created_at, vectors)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        on conflict (thread_id, message_id, revision, fingerprint, resource_id) do update
        set model = excluded.model, dimensions = excluded.dimensions, role = excluded.role, created_at = excluded.created_at, vectors = excluded.vectors
        """;

    private const string InThread = $"{InScope} and thread_id = ?1";
    private const string InResource = $"{InScope} and resource_id = ?1";

    private const string InScope =
        """
        select thread_id, message_id, revision, fingerprint, vectors from split_vectors
        where model = ?2 and dimensions = ?3 and (?4 is null or role in (select value from json_each(?4))) and created_at between ?5 and ?6
        """;

    private const string NextOfThread =
        """
        select thread_id, message_id, revision, fingerprint, role, created_at, vectors from split_vectors
        where thread_id = ?1 and model = ?2 and dimensions = ?3 and (message_id, revision) > (?4, ?5) order by message_id, revision limit ?6
        """;

    internal const string RemoveContent = "delete from split_vectors where thread_id = ?1 and message_id = ?2 and revision = ?3 and fingerprint = ?4";
    internal const string RemoveMessage = "delete from split_vectors where thread_id = ?1 and message_id = ?2";
    internal const string RemoveThread = "delete from split_vectors where thread_id = ?1";
    internal const string RemoveResource = "delete from split_vectors where resource_id = ?1";
    internal const string KeepOnly = "delete from split_vectors where model <> ?1 or dimensions <> ?2";
    internal const string Check = "select count(*) from schema_versions";

    /// <inheritdoc/>
    public Task PutAsync(EmbeddingSpace space, string resourceId, IReadOnlyList<VectorEntry> entries, CancellationToken cancellationToken = default) => database.WriteAsync(
        "store vectors",
        session =>
        {
            foreach (var (content, role, createdAt, values) in entries)
            {
                session.Execute(
                    Put, content.ThreadId, content.MessageId, content.Revision, content.Fingerprint, resourceId, space.Model, space.Dimensions, role.Name(),
                    createdAt.ToUnixMicroseconds(), MemoryMarshal.AsBytes(values.Span).ToArray());
            }

            return entries.Count;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<NearestContents> SearchAsync(NearestQuery query, CancellationToken cancellationToken = default) =>
        database.ReadAsync("search vectors", session => Search(session, query), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<VectorEntry> ReadThreadAsync(EmbeddingSpace space, string threadId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        VectorEntry[] page;
        var after = new ContentVersion(threadId, "", 0, "");
        do
        {
            page = await database.ReadAsync("read vectors", session => session.All(NextOfThread, Entry, threadId, space.Model, space.Dimensions, after.MessageId, after.Revision, EntriesPerPage).ToArray(), cancellationToken);
            foreach (var entry in page)
            {
                yield return entry;
            }

            after = page.Length > 0 ? page[^1].Content : after;
        }
        while (page.Length == EntriesPerPage);
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string threadId, IReadOnlyList<ContentVersion> contents, CancellationToken cancellationToken = default) => database.WriteAsync(
        "remove vectors",
        session => contents.Sum(content => session.Execute(RemoveContent, threadId, content.MessageId, content.Revision, content.Fingerprint)),
        cancellationToken);

    /// <inheritdoc/>
    public Task RemoveMessageAsync(string threadId, string messageId, CancellationToken cancellationToken = default) =>
        database.WriteAsync("remove a message's vectors", session => session.Execute(RemoveMessage, threadId, messageId), cancellationToken);

    /// <inheritdoc/>
    public Task RemoveThreadAsync(string threadId, CancellationToken cancellationToken = default) =>
        database.WriteAsync("remove a thread's vectors", session => session.Execute(RemoveThread, threadId), cancellationToken);

    /// <inheritdoc/>
    public Task RemoveResourceAsync(string resourceId, CancellationToken cancellationToken = default) =>
        database.WriteAsync("remove a resource's vectors", session => session.Execute(RemoveResource, resourceId), cancellationToken);

    /// <inheritdoc/>
    public Task KeepOnlyAsync(EmbeddingSpace space, CancellationToken cancellationToken = default) =>
        database.WriteAsync("remove the vectors of other spaces", session => session.Execute(KeepOnly, space.Model, space.Dimensions), cancellationToken);

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellationToken = default) => database.ReadAsync("check the database of vectors", session => session.Number(Check), cancellationToken);

    private static NearestContents Search(SqliteSession session, NearestQuery query)
    {
        var (space, vector) = (query.Vector.Space, query.Vector.Values);
        var roles = query.Filter?.Roles is { } some ? JsonSerializer.Serialize(some.Select(role => role.Name()).ToArray(), LibSqlJson.Default.StringArray) : null;
        var nearest = new PriorityQueue<NearContent, double>(query.Top + 1);
        session.Each(
            query.ThreadId is null ? InResource : InThread,
            row =>
            {
                var cosine = Cosine(MemoryMarshal.Cast<byte, float>(row.GetBytes(4)), vector.Span);
                if (nearest.Count < query.Top || cosine > nearest.Peek().Cosine)
                {
                    nearest.Enqueue(new NearContent(new ContentVersion(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetString(3)), cosine), cosine);
                    _ = nearest.Count > query.Top ? nearest.Dequeue() : null;
                }

                return true;
            },
            query.ThreadId ?? query.ResourceId, space.Model, space.Dimensions, roles,
            query.Filter?.From?.ToUnixMicroseconds() ?? long.MinValue, query.Filter?.To?.ToUnixMicroseconds() ?? long.MaxValue);
        return new NearestContents([.. nearest.UnorderedItems.Select(item => item.Element).OrderByDescending(near => near.Cosine)], IsComplete: nearest.Count < query.Top);
    }

    private static VectorEntry Entry(SqliteRow row) => new(
        new ContentVersion(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetString(3)), Rows.Role(row.GetString(4)), Rows.Time(row, 5),
        MemoryMarshal.Cast<byte, float>(row.GetBytes(6)).ToArray());

    private static double Cosine(ReadOnlySpan<float> vectors, ReadOnlySpan<float> vector)
    {
        var nearest = double.NegativeInfinity;
        for (var at = 0; at < vectors.Length; at += vector.Length)
        {
            nearest = Math.Max(nearest, TensorPrimitives.Dot(vectors.Slice(at, vector.Length), vector));
        }

        return nearest;
    }
}
