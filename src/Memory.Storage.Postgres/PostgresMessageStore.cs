using Memory.Core;

namespace Memory.Storage.Postgres;

/// <summary>Conversations in PostgreSQL; every call is one round trip, an erasure one for each step. The database is the caller's to close.</summary>
public sealed class PostgresMessageStore(PostgresDatabase database) : IMessageStore
{
    private const string Check = "select max(version) from {schema_versions}";

    /// <inheritdoc/>
    public Task<AppendResult> AppendAsync(AppendBatch batch, CancellationToken cancellationToken = default) => AppendCall.RunAsync(database, batch, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Message>?> ReadAsync(MessageRead read, CancellationToken cancellationToken = default) => MessageReads.ReadAsync(database, read, cancellationToken);

    /// <inheritdoc/>
    public Task<MessagePage?> PageAsync(MessageListing listing, CancellationToken cancellationToken = default) => MessageReads.PageAsync(database, listing, cancellationToken);

    /// <inheritdoc/>
    public Task<StoredMessage?> FindMessageAsync(ThreadAddress thread, string messageId, CancellationToken cancellationToken = default) =>
        MessageReads.FindAsync(database, thread, messageId, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ReplaceMessageAsync(MessageEdit edit, CancellationToken cancellationToken = default) => Edits.ReplaceMessageAsync(database, edit, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteMessageAsync(ThreadAddress thread, string messageId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        Edits.DeleteMessageAsync(database, thread, messageId, now, cancellationToken);

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
    public Task<bool> DeleteThreadAsync(ThreadAddress thread, ThreadCondition? condition = null, CancellationToken cancellationToken = default) =>
        Edits.DeleteThreadAsync(database, thread, condition, cancellationToken);

    /// <inheritdoc/>
    public Task<ThreadRecord?> CloneThreadAsync(ThreadClone clone, CancellationToken cancellationToken = default) => Edits.CloneThreadAsync(database, clone, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ResourceRecord, string>> ListResourcesAsync(ResourceListing listing, CancellationToken cancellationToken = default) =>
        Listings.ResourcesAsync(database, listing, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ExpiredThread, string>> ListExpiredAsync(ExpiryQuery query, CancellationToken cancellationToken = default) => ExpiryStep.RunAsync(database, query, cancellationToken);

    /// <inheritdoc/>
    public Task<ErasedCounts> EraseResourceAsync(string resourceId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        Erasure.RunAsync(database, resourceId, now, cancellationToken);

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
