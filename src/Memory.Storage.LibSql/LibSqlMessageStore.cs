using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Conversations in a LibSQL database; on a server every call is one request. The database is the caller's to close.</summary>
public sealed class LibSqlMessageStore(LibSqlDatabase database) : IMessageStore
{
    /// <inheritdoc/>
    public Task<AppendResult> AppendAsync(AppendBatch batch, CancellationToken cancellationToken = default) => database.AppendAsync(batch, cancellationToken);

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
        Listings.ListResourcesAsync(database, listing, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ExpiredThread, string>> ListExpiredAsync(ExpiryQuery query, CancellationToken cancellationToken = default) => ExpiryWalk.StepAsync(database, query, cancellationToken);

    /// <inheritdoc/>
    public Task<ErasedCounts> EraseResourceAsync(string resourceId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        Erasure.RunAsync(database, resourceId, now, cancellationToken);

    /// <inheritdoc/>
    public Task<WorkingMemoryDocument?> FindWorkingMemoryAsync(WorkingMemoryOwner owner, CancellationToken cancellationToken = default) =>
        WorkingMemoryTable.FindAsync(database, owner, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> PutWorkingMemoryAsync(WorkingMemoryOwner owner, WorkingMemoryDocument document, long? version, CancellationToken cancellationToken = default) =>
        WorkingMemoryTable.PutAsync(database, owner, document, version, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteWorkingMemoryAsync(WorkingMemoryOwner owner, long? version, CancellationToken cancellationToken = default) =>
        WorkingMemoryTable.DeleteAsync(database, owner, version, cancellationToken);

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellationToken = default)
    {
        var batch = Batch.Read("check the database");
        batch.Add("select count(*) from schema_versions");
        return database.RunAsync(batch, result => result.Number(0), cancellationToken);
    }
}
