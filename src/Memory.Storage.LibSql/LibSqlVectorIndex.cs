using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Vectors in a LibSQL database whose messages are kept elsewhere; a search compares all that are in scope, on a server there. The database is the caller's to close.</summary>
public sealed class LibSqlVectorIndex(LibSqlDatabase database) : IVectorIndex
{
    // Large enough for few requests, and far below the 10 MB that an answer may have.
    private const int BytesPerPage = 4_000_000;

    private const string Put =
        """
        insert into split_vectors (thread_id, message_id, revision, fingerprint, resource_id, model, dimensions, role, created_at, vectors)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        on conflict (thread_id, message_id, revision, fingerprint, resource_id) do update
        set model = excluded.model, dimensions = excluded.dimensions, role = excluded.role, created_at = excluded.created_at, vectors = excluded.vectors
        """;

    private const string Cosine =
        """
        case when length(v.vectors) = ?9 then 1 - vector_distance_cos(v.vectors, ?8)
             else (
                with recursive piece(start) as (select 1 union all select start + ?9 from piece where start + ?9 < length(v.vectors))
                select max(1 - vector_distance_cos(substr(v.vectors, start, ?9), ?8)) from piece) end
        """;

    private const string Search =
        $"""
        select v.thread_id, v.message_id, v.revision, v.fingerprint, {Cosine} as cosine from split_vectors v
        where v.{"{0}"} = ?1 and v.model = ?2 and v.dimensions = ?3 and (?4 is null or v.role in (select value from json_each(?4))) and v.created_at between ?5 and ?6
          and length(v.vectors) > 0
        order by cosine desc limit ?7
        """;

    private const string Fetch =
        """
        select thread_id, message_id, revision, fingerprint, role, created_at, vectors, place
        from (
            select v.*, x.key as place, sum(length(v.vectors)) over (order by x.key) - length(v.vectors) as before
            from json_each(?1) x cross join split_vectors v
            on v.thread_id = x.value ->> 0 and v.message_id = x.value ->> 1 and v.revision = x.value ->> 2 and v.fingerprint = x.value ->> 3 and v.resource_id = ?2
            where v.model = ?3 and v.dimensions = ?4 and length(v.vectors) > 0)
        where before < ?5 order by place
        """;

    private const string RemoveContent = "delete from split_vectors where thread_id = ?1 and message_id = ?2 and revision = ?3 and fingerprint = ?4";
    private const string RemoveMessage = "delete from split_vectors where thread_id = ?1 and message_id = ?2";
    private const string RemoveThread = "delete from split_vectors where thread_id = ?1";
    private const string RemoveResource = "delete from split_vectors where resource_id = ?1";
    private const string KeepOnly = "delete from split_vectors where model <> ?1 or dimensions <> ?2";
    private const string Check = "select count(*) from schema_versions";

    /// <inheritdoc/>
    public Task PutAsync(EmbeddingSpace space, string resourceId, IReadOnlyList<VectorEntry> entries, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Write("store vectors");
        foreach (var (content, role, createdAt, values) in entries)
        {
            batch.Add(
                Put, content.ThreadId, content.MessageId, content.Revision, content.Fingerprint, resourceId, space.Model, space.Dimensions, role.Name(),
                createdAt.ToUnixMicroseconds(), VectorRows.Blob(values));
        }

        return RunAsync(batch, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<NearestContents> SearchAsync(NearestQuery query, CancellationToken cancellationToken = default)
    {
        // A vector without a direction is near to nothing.
        if (!query.Vector.Values.Span.ContainsAnyExcept(0f))
        {
            return Task.FromResult(new NearestContents([], IsComplete: true));
        }

        var batch = Batch.Read("search vectors");
        batch.Add(
            Search.Replace("{0}", query.ThreadId is null ? "resource_id" : "thread_id", StringComparison.Ordinal), query.ThreadId ?? query.ResourceId,
            query.Vector.Space.Model, query.Vector.Space.Dimensions, MessageReads.Roles(query.Filter),
            query.Filter?.From?.ToUnixMicroseconds() ?? long.MinValue, query.Filter?.To?.ToUnixMicroseconds() ?? long.MaxValue, query.Top,
            VectorRows.Blob(query.Vector.Values), query.Vector.Space.Dimensions * sizeof(float));
        return database.RunAsync(
            batch,
            result =>
            {
                var nearest = result.All(0, row => new NearContent(new ContentVersion(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetString(3)), row.GetDouble(4)));
                return new NearestContents(nearest, IsComplete: nearest.Count < query.Top);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<VectorEntry>> FetchAsync(EmbeddingSpace space, string resourceId, IReadOnlyList<ContentVersion> contents, CancellationToken cancellationToken = default)
    {
        List<VectorEntry> found = [];
        for (var next = 0; next < contents.Count;)
        {
            var batch = Batch.Read("read vectors");
            batch.Add(Fetch, Json(contents.Skip(next)), resourceId, space.Model, space.Dimensions, BytesPerPage);
            var page = await database.RunAsync(batch, result => result.All(0, row => (Entry: Entry(row), Place: (int)row.GetInt64(7))), cancellationToken);
            found.AddRange(page.Select(item => item.Entry));
            next = page.Sum(item => (long)item.Entry.Values.Length * sizeof(float)) < BytesPerPage ? contents.Count : next + page[^1].Place + 1;
        }

        return found;
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string threadId, IReadOnlyList<ContentVersion> contents, CancellationToken cancellationToken = default)
    {
        var batch = Batch.Write("remove vectors");
        foreach (var content in contents)
        {
            batch.Add(RemoveContent, threadId, content.MessageId, content.Revision, content.Fingerprint);
        }

        return RunAsync(batch, cancellationToken);
    }

    /// <inheritdoc/>
    public Task RemoveMessageAsync(string threadId, string messageId, CancellationToken cancellationToken = default) =>
        RunAsync("remove a message's vectors", RemoveMessage, cancellationToken, threadId, messageId);

    /// <inheritdoc/>
    public Task RemoveThreadAsync(string threadId, CancellationToken cancellationToken = default) =>
        RunAsync("remove a thread's vectors", RemoveThread, cancellationToken, threadId);

    /// <inheritdoc/>
    public Task RemoveResourceAsync(string resourceId, CancellationToken cancellationToken = default) =>
        RunAsync("remove a resource's vectors", RemoveResource, cancellationToken, resourceId);

    /// <inheritdoc/>
    public Task KeepOnlyAsync(EmbeddingSpace space, CancellationToken cancellationToken = default) =>
        RunAsync("remove the vectors of other spaces", KeepOnly, cancellationToken, space.Model, space.Dimensions);

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellationToken = default)
    {
        var batch = Batch.Read("check the database of vectors");
        batch.Add(Check);
        return RunAsync(batch, cancellationToken);
    }

    // [thread, message, revision, fingerprint] for each.
    private static string Json(IEnumerable<ContentVersion> contents)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (var (threadId, messageId, revision, fingerprint) in contents)
            {
                writer.WriteStartArray();
                writer.WriteStringValue(threadId);
                writer.WriteStringValue(messageId);
                writer.WriteNumberValue(revision);
                writer.WriteStringValue(fingerprint);
                writer.WriteEndArray();
            }

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static VectorEntry Entry(IRow row) => new(
        new ContentVersion(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetString(3)), Rows.Role(row.GetString(4)), Rows.Time(row, 5),
        MemoryMarshal.Cast<byte, float>(row.GetBytes(6)).ToArray());

    private Task RunAsync(string operation, string sql, CancellationToken cancellationToken, params object?[] values)
    {
        var batch = Batch.Write(operation);
        batch.Add(sql, values);
        return RunAsync(batch, cancellationToken);
    }

    private Task RunAsync(Batch batch, CancellationToken cancellationToken) =>
        batch.Count == 0 ? Task.CompletedTask : database.RunAsync(batch, result => result.Stopped, cancellationToken);
}
