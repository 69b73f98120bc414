using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>Changes to messages and threads, each one statement.</summary>
internal static class Edits
{
    private const string Replace = "select * from {replace_message}($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    private const string DeleteMessage = "select {delete_message}($1, $2, $3)";
    private const string DeleteThread = "select {delete_thread}($1, $2)";
    private const string CloneThread = "select {clone_thread}($1, $2, $3, $4, $5)";

    private const string CreateThread =
        """
        with added as (
            insert into {threads} (resource_key, id, created_at, updated_at, last_position, message_count, version, title, metadata)
            select {ensure_resource}($2, $3), $1, $3, $3, 0, 0, $4, $5, $6 where not exists (select from {threads} where id = $1)
            on conflict (id) do nothing
            returning 1
        )
        select exists (select from added)
        """;

    private const string FindThread = $$"""select {{Rows.ThreadColumns}} from {threads} t join {resources} r on r.key = t.resource_key where t.id = $1""";

    private const string UpdateThread =
        $$"""
        update {threads} t
        set title = $3, metadata = $4, updated_at = greatest(t.updated_at, $5), version = greatest(t.version + 1, $6)
        from {resources} r
        where t.id = $1 and t.version = $2 and r.key = t.resource_key
        returning {{Rows.ThreadColumns}}
        """;

    public static async Task<bool> ReplaceMessageAsync(PostgresDatabase database, MessageEdit edit, CancellationToken cancellationToken)
    {
        var message = edit.Message;
        var terms = Terms.Of(edit.Terms);
        return (await database.ListAsync(
            "edit a message", Replace,
            () =>
            {
                var vectors = VectorRows.Of(edit.Embedded);
                return
                [
                    Parameter.Text(message.ThreadId), Parameter.Text(message.Id), Parameter.Integer((int)Math.Min(edit.Revision, int.MaxValue)), Parameter.Time(edit.Now), Parameter.Text(message.Role.Name()), Parameter.Text(message.Name),
                    Parameter.Text(message.Content.Json.Text), Parameter.Text(message.Metadata?.Text), Parameter.Text(MetadataText.Plain(message.Metadata)),
                    Parameter.Integer(terms.Length), Parameter.Integers(terms.Hashes), Parameter.Integers(terms.Counts), Parameter.Boolean(edit.IsSameText), Parameter.Time(edit.EmbeddingDueAt),
                    Parameter.Text(edit.Embedded?.Space.Model), Parameter.Integer(edit.Embedded?.Space.Dimensions), vectors.Vectors(database.VectorType), vectors.Chunks(),
                ];
            },
            row => row.GetBoolean(0), cancellationToken, isRepeatable: false))[0];
    }

    public static Task<bool> DeleteMessageAsync(PostgresDatabase database, string threadId, string messageId, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.ValueAsync<bool>("delete a message", DeleteMessage, () => [Parameter.Text(threadId), Parameter.Text(messageId), Parameter.Time(now)], cancellationToken, isRepeatable: false);

    public static Task<bool> CreateThreadAsync(PostgresDatabase database, ThreadRecord thread, CancellationToken cancellationToken) => database.ValueAsync<bool>(
        "create a thread", CreateThread,
        () => [Parameter.Text(thread.Id), Parameter.Text(thread.ResourceId), Parameter.Time(thread.CreatedAt), Parameter.Bigint(thread.Version), Parameter.Text(thread.Title), Parameter.Text(thread.Metadata?.Text)],
        cancellationToken, isRepeatable: false);

    public static Task<ThreadRecord?> FindThreadAsync(PostgresDatabase database, string threadId, CancellationToken cancellationToken) =>
        database.FindAsync("find a thread", FindThread, () => [Parameter.Text(threadId)], Rows.Thread, cancellationToken);

    public static Task<ThreadRecord?> UpdateThreadAsync(PostgresDatabase database, ThreadRecord thread, CancellationToken cancellationToken) => database.FindAsync(
        "update a thread", UpdateThread,
        () =>
        [
            Parameter.Text(thread.Id), Parameter.Bigint(thread.Version), Parameter.Text(thread.Title), Parameter.Text(thread.Metadata?.Text), Parameter.Time(thread.UpdatedAt),
            Parameter.Bigint(thread.UpdatedAt.ToUnixMicroseconds()),
        ],
        Rows.Thread, cancellationToken, isRepeatable: false);

    public static Task<bool> DeleteThreadAsync(PostgresDatabase database, string threadId, long? version, CancellationToken cancellationToken) =>
        database.ValueAsync<bool>("delete a thread", DeleteThread, () => [Parameter.Text(threadId), Parameter.Bigint(version)], cancellationToken, isRepeatable: false);

    public static async Task<ThreadRecord?> CloneThreadAsync(PostgresDatabase database, ThreadClone clone, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await database.ValueAsync<string>(
                "clone a thread", CloneThread,
                () => [Parameter.Text(clone.SourceId), Parameter.Text(clone.Id), Parameter.Text(clone.ResourceId), Parameter.Bigint(clone.UpTo), Parameter.Time(clone.Now)], cancellationToken, isRepeatable: false);
            return outcome == "cloned" ? await FindThreadAsync(database, clone.Id, cancellationToken) : null;
        }
        catch (MemoryStoreException fault) when (fault.InnerException is PostgresException { SqlState: Faults.Taken })
        {
            throw EditThreads.Taken(clone.Id);
        }
    }
}
