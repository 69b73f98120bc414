using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>Changes to messages and threads, each one statement.</summary>
internal static class Edits
{
    // The thread is held to its resource before anything is changed: the function waits for the row that the lock gives.
    private const string Replace =
        """
        with owned as materialized (select $1::text as thread_id where $19::text is null or {lock_thread}($1, $19))
        select r.is_replaced from owned o cross join lateral {replace_message}(o.thread_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) r
        """;

    private const string DeleteMessage = "select case when $4::text is null or {lock_thread}($1, $4) then {delete_message}($1, $2, $3) else false end";
    private const string DeleteThread = "select {remove_thread}($1, $2, $3, $4)";
    private const string CloneThread = "select {copy_thread}($1, $2, $3, $4, $5, $6)";

    private const string CreateThread =
        """
        with added as (
            insert into {threads} (resource_key, id, created_at, updated_at, last_position, message_count, version, title, metadata, time_to_live)
            select {ensure_resource}($2, $3), $1, $3, $3, 0, 0, $4, $5, $6, $7 where not exists (select from {threads} where id = $1)
            on conflict (id) do nothing
            returning 1
        )
        select exists (select from added)
        """;

    private const string FindThread = $$"""select {{Rows.ThreadColumns}} from {threads} t join {resources} r on r.key = t.resource_key where t.id = $1""";

    private const string UpdateThread =
        $$"""
        update {threads} t
        set title = $3, metadata = $4, time_to_live = $7, updated_at = greatest(t.updated_at, $5), version = greatest(t.version + 1, $6)
        from {resources} r
        where t.id = $1 and t.version = $2 and r.key = t.resource_key
        returning {{Rows.ThreadColumns}}
        """;

    public static async Task<bool> ReplaceMessageAsync(PostgresDatabase database, MessageEdit edit, CancellationToken cancellationToken)
    {
        var message = edit.Message;
        var terms = Terms.Of(edit.Terms);
        return await database.ListAsync(
            "edit a message", Replace,
            () =>
            {
                var vectors = VectorRows.Of(edit.Embedded);
                return
                [
                    Parameter.Text(message.ThreadId), Parameter.Text(message.Id), Parameter.Integer((int)Math.Min(edit.Revision, int.MaxValue)), Parameter.Time(edit.Now), Parameter.Text(message.Role.Name()), Parameter.Text(message.Name),
                    Parameter.Text(message.Content.Json.Text), Parameter.Text(message.Metadata?.Text), Parameter.Text(MetadataText.Plain(message.Metadata)),
                    Parameter.Integer(terms.Length), Parameter.Integers(terms.Hashes), Parameter.Integers(terms.Counts), Parameter.Boolean(edit.IsSameText), Parameter.Time(edit.EmbeddingDueAt),
                    Parameter.Text(edit.Embedded?.Space.Model), Parameter.Integer(edit.Embedded?.Space.Dimensions), vectors.Vectors(database.VectorType), vectors.Chunks(), Parameter.Text(edit.ResourceId),
                ];
            },
            row => row.GetBoolean(0), cancellationToken, isRepeatable: false) is [true];
    }

    public static Task<bool> DeleteMessageAsync(PostgresDatabase database, ThreadAddress thread, string messageId, DateTimeOffset now, CancellationToken cancellationToken) => database.ValueAsync<bool>(
        "delete a message", DeleteMessage, () => [Parameter.Text(thread.Id), Parameter.Text(messageId), Parameter.Time(now), Parameter.Text(thread.ResourceId)],
        cancellationToken, isRepeatable: false);

    public static Task<bool> CreateThreadAsync(PostgresDatabase database, ThreadRecord thread, CancellationToken cancellationToken) => database.ValueAsync<bool>(
        "create a thread", CreateThread,
        () => [Parameter.Text(thread.Id), Parameter.Text(thread.ResourceId), Parameter.Time(thread.CreatedAt), Parameter.Bigint(thread.Version), Parameter.Text(thread.Title), Parameter.Text(thread.Metadata?.Text), Seconds(thread)],
        cancellationToken, isRepeatable: false);

    public static Task<ThreadRecord?> FindThreadAsync(PostgresDatabase database, string threadId, CancellationToken cancellationToken) =>
        database.FindAsync("find a thread", FindThread, () => [Parameter.Text(threadId)], Rows.Thread, cancellationToken);

    public static Task<ThreadRecord?> UpdateThreadAsync(PostgresDatabase database, ThreadRecord thread, CancellationToken cancellationToken) => database.FindAsync(
        "update a thread", UpdateThread,
        () =>
        [
            Parameter.Text(thread.Id), Parameter.Bigint(thread.Version), Parameter.Text(thread.Title), Parameter.Text(thread.Metadata?.Text), Parameter.Time(thread.UpdatedAt),
            Parameter.Bigint(thread.UpdatedAt.ToUnixMicroseconds()), Seconds(thread),
        ],
        Rows.Thread, cancellationToken, isRepeatable: false);

    public static Task<bool> DeleteThreadAsync(PostgresDatabase database, ThreadAddress thread, ThreadCondition? condition, CancellationToken cancellationToken) => database.ValueAsync<bool>(
        "delete a thread", DeleteThread,
        () => [Parameter.Text(thread.Id), Parameter.Text(thread.ResourceId), Parameter.Bigint(condition?.Version), Parameter.Time(condition?.UpdatedAt)], cancellationToken, isRepeatable: false);

    public static async Task<ThreadRecord?> CloneThreadAsync(PostgresDatabase database, ThreadClone clone, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await database.ValueAsync<string>(
                "clone a thread", CloneThread,
                () =>
                [
                    Parameter.Text(clone.Source.Id), Parameter.Text(clone.Source.ResourceId), Parameter.Text(clone.Id), Parameter.Text(clone.ResourceId), Parameter.Bigint(clone.UpTo),
                    Parameter.Time(clone.Now),
                ],
                cancellationToken, isRepeatable: false);
            return outcome == "cloned" ? await FindThreadAsync(database, clone.Id, cancellationToken) : null;
        }
        catch (MemoryStoreException fault) when (fault.InnerException is PostgresException { SqlState: Faults.Taken })
        {
            throw EditThreads.Taken(clone.Id);
        }
    }

    /// <summary>A thread's time to live as its column has it.</summary>
    public static NpgsqlParameter Seconds(ThreadRecord thread) => Parameter.Integer(thread.TimeToLive is { } timeToLive ? (int)Math.Min(timeToLive.TotalSeconds, int.MaxValue) : null);
}
