using Memory.Core;

namespace Memory.Storage.Postgres;

/// <summary>Conversations in PostgreSQL; every call is one round trip, an erasure one for each step. The database is the caller's to close.</summary>
public sealed class PostgresMessageStore(PostgresDatabase database) : IMessageStore
{
    private const int MessagesPerStep = 2_000;

    private const string EraseStep = "select * from {erase_step}($1, $2)";
    private const string FinishErasure = "select * from {finish_erasure}($1)";
    private const string Check = "select max(version) from {schema_versions}";

    /// <inheritdoc/>
    public Task<AppendResult> AppendAsync(AppendBatch batch, CancellationToken cancellationToken = default) => AppendCall.RunAsync(database, batch, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Message>?> ReadAsync(MessageRead read, CancellationToken cancellationToken = default) => MessageReads.ReadAsync(database, read, cancellationToken);

    /// <inheritdoc/>
    public Task<MessagePage?> PageAsync(MessageListing listing, CancellationToken cancellationToken = default) => MessageReads.PageAsync(database, listing, cancellationToken);

    /// <inheritdoc/>
    public Task<StoredMessage?> FindMessageAsync(string threadId, string messageId, CancellationToken cancellationToken = default) =>
        MessageReads.FindAsync(database, threadId, messageId, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ReplaceMessageAsync(MessageEdit edit, CancellationToken cancellationToken = default) => Edits.ReplaceMessageAsync(database, edit, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteMessageAsync(string threadId, string messageId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        Edits.DeleteMessageAsync(database, threadId, messageId, now, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> CreateThreadAsync(ThreadRecord thread, CancellationToken cancellationToken = default) => Edits.CreateThreadAsync(database, thread, cancellationToken);

    /// <inheritdoc/>
    public Task<ThreadRecord?> FindThreadAsync(string threadId, CancellationToken cancellationToken = default) => Edits.FindThreadAsync(database, threadId, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ThreadRecord, ThreadCursor>> ListThreadsAsync(ThreadListing listing, CancellationToken cancellationToken = default) =>
        Listings.ThreadsAsync(database, listing, cancellationToken);

    /// <inheritdoc/>
    public Task<ThreadRecord?> UpdateThreadAsync(ThreadRecord thread, CancellationToken cancellationToken = default) => Edits.UpdateThreadAsync(database, thread, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteThreadAsync(string threadId, long? version = null, CancellationToken cancellationToken = default) =>
        Edits.DeleteThreadAsync(database, threadId, version, cancellationToken);

    /// <inheritdoc/>
    public Task<ThreadRecord?> CloneThreadAsync(ThreadClone clone, CancellationToken cancellationToken = default) => Edits.CloneThreadAsync(database, clone, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ResourceRecord, string>> ListResourcesAsync(int limit, string? after, CancellationToken cancellationToken = default) =>
        Listings.ResourcesAsync(database, limit, after, cancellationToken);

    /// <inheritdoc/>
    public async Task<ErasedCounts> EraseResourceAsync(string resourceId, CancellationToken cancellationToken = default)
    {
        const string operation = "erase a resource";
        var (threads, messages, documents, operations, leftovers) = (0L, 0L, 0L, 0L, 0L);
        do
        {
            while (await database.ListAsync(
                operation, EraseStep, () => [Parameter.Text(resourceId), Parameter.Integer(MessagesPerStep)], row => (Threads: row.GetInt32(0), Messages: row.GetInt32(1), Documents: row.GetInt32(2)),
                cancellationToken) is [var step])
            {
                (threads, messages, documents) = (threads + step.Threads, messages + step.Messages, documents + step.Documents);
            }

            var last = (await database.ListAsync(
                operation, FinishErasure, () => [Parameter.Text(resourceId)], row => (Documents: row.GetInt32(0), Operations: row.GetInt32(1), Leftovers: row.GetInt64(2)), cancellationToken))[0];
            (documents, operations, leftovers) = (documents + last.Documents, operations + last.Operations, last.Leftovers);
        }
        while (leftovers > 0); // appended to meanwhile
        return new ErasedCounts(threads, messages, documents, operations, leftovers);
    }

    /// <inheritdoc/>
    public Task<WorkingMemoryDocument?> FindWorkingMemoryAsync(WorkingMemoryOwner owner, CancellationToken cancellationToken = default) =>
        WorkingMemoryTable.FindAsync(database, owner, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> PutWorkingMemoryAsync(
        WorkingMemoryOwner owner, WorkingMemoryDocument document, long? version, CancellationToken cancellationToken = default) =>
        WorkingMemoryTable.PutAsync(database, owner, document, version, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteWorkingMemoryAsync(WorkingMemoryOwner owner, long? version, CancellationToken cancellationToken = default) =>
        WorkingMemoryTable.DeleteAsync(database, owner, version, cancellationToken);

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellationToken = default) => database.ValueAsync<int>("check the database", Check, () => [], cancellationToken);
}
