using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Conversations in a LibSQL file. The database is the caller's to close.</summary>
public sealed class LibSqlMessageStore(LibSqlDatabase database) : IMessageStore
{
    /// <inheritdoc/>
    public Task<AppendResult> AppendAsync(AppendBatch batch, CancellationToken cancellationToken = default) =>
        database.WriteAsync("append messages", session => AppendTransaction.Run(session, batch), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Message>?> ReadAsync(MessageRead read, CancellationToken cancellationToken = default) =>
        database.ReadAsync("read messages", session => MessageReads.Read(session, read), cancellationToken);

    /// <inheritdoc/>
    public Task<MessagePage?> PageAsync(MessageListing listing, CancellationToken cancellationToken = default) =>
        database.ReadAsync("list messages", session => MessageReads.Page(session, listing), cancellationToken);

    /// <inheritdoc/>
    public Task<StoredMessage?> FindMessageAsync(string threadId, string messageId, CancellationToken cancellationToken = default) =>
        database.ReadAsync("find a message", session => MessageReads.Find(session, threadId, messageId), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ReplaceMessageAsync(MessageEdit edit, CancellationToken cancellationToken = default) =>
        database.WriteAsync("edit a message", session => Edits.ReplaceMessage(session, edit), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteMessageAsync(string threadId, string messageId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        database.WriteAsync("delete a message", session => Edits.DeleteMessage(session, threadId, messageId, now), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> CreateThreadAsync(ThreadRecord thread, CancellationToken cancellationToken = default) =>
        database.WriteAsync("create a thread", session => ThreadHead.Find(session, thread.Id) is null && ThreadHead.Create(session, thread) is not null, cancellationToken);

    /// <inheritdoc/>
    public Task<ThreadRecord?> FindThreadAsync(string threadId, CancellationToken cancellationToken = default) =>
        database.ReadAsync("find a thread", session => Edits.FindThread(session, threadId), cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ThreadRecord, ThreadCursor>> ListThreadsAsync(ThreadListing listing, CancellationToken cancellationToken = default) =>
        database.ReadAsync("list threads", session => Listings.Threads(session, listing), cancellationToken);

    /// <inheritdoc/>
    public Task<ThreadRecord?> UpdateThreadAsync(ThreadRecord thread, CancellationToken cancellationToken = default) =>
        database.WriteAsync("update a thread", session => Edits.Update(session, thread), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteThreadAsync(string threadId, long? version = null, CancellationToken cancellationToken = default) =>
        database.WriteAsync("delete a thread", session => Edits.Delete(session, threadId, version), cancellationToken);

    /// <inheritdoc/>
    public Task<ThreadRecord?> CloneThreadAsync(ThreadClone clone, CancellationToken cancellationToken = default) =>
        database.WriteAsync("clone a thread", session => Edits.Clone(session, clone), cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ResourceRecord, string>> ListResourcesAsync(int limit, string? after, CancellationToken cancellationToken = default) =>
        database.ReadAsync("list resources", session => Listings.ListResources(session, limit, after), cancellationToken);

    /// <inheritdoc/>
    public async Task<ErasedCounts> EraseResourceAsync(string resourceId, CancellationToken cancellationToken = default)
    {
        var total = new ErasedCounts(0, 0, 0, 0, 0);
        do
        {
            while (await database.WriteAsync("erase a resource", session => Erasure.Step(session, resourceId), cancellationToken) is { } step)
            {
                total = Sum(total, step);
            }

            total = Sum(total, await database.WriteAsync("erase a resource", session => Erasure.Finish(session, resourceId), cancellationToken));
        }
        while (total.Leftovers > 0);
        return total;
    }

    /// <inheritdoc/>
    public Task<WorkingMemoryDocument?> FindWorkingMemoryAsync(WorkingMemoryOwner owner, CancellationToken cancellationToken = default) =>
        database.ReadAsync("read working memory", session => WorkingMemoryTable.Find(session, owner), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> PutWorkingMemoryAsync(
        WorkingMemoryOwner owner, WorkingMemoryDocument document, long? version, CancellationToken cancellationToken = default) =>
        database.WriteAsync("write working memory", session => WorkingMemoryTable.Put(session, owner, document, version), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteWorkingMemoryAsync(WorkingMemoryOwner owner, long? version, CancellationToken cancellationToken = default) =>
        database.WriteAsync("delete working memory", session => WorkingMemoryTable.Delete(session, owner, version), cancellationToken);

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellationToken = default) =>
        database.ReadAsync("check the database", session => session.Number("select count(*) from schema_versions"), cancellationToken);

    private static ErasedCounts Sum(ErasedCounts a, ErasedCounts b) => new(
        a.Threads + b.Threads, a.Messages + b.Messages, a.WorkingMemories + b.WorkingMemories, a.Operations + b.Operations, b.Leftovers);
}
