using Microsoft.Extensions.Logging;

namespace Memory.Core;

/// <summary>
/// Messages in one service, their vectors in another. Vectors are stored first, so that a message whose append has returned has its own, and an append is one request to either;
/// removals begin with the messages, so that what is gone is not found. A vector left over in between is never shown (docs/decisions/0009).
/// </summary>
public sealed class SplitMessageStore(
    IMessageStore messages, IArchive archive, IVectorIndex vectors, SplitEmbeddingStore embeddings, ThreadOwners owners, ILogger<SplitMessageStore> logger) : IMessageStore
{
    private const int CopiedAtOnce = 500, BytesAtOnce = 1 << 20;

    /// <inheritdoc/>
    public async Task<AppendResult> AppendAsync(AppendBatch batch, CancellationToken cancellationToken = default)
    {
        // Without a resource the thread has to be there, and the store says so if it is not.
        var resourceId = batch.Embedded is null ? null : batch.ResourceId ?? await owners.FindAsync(batch.ThreadId, cancellationToken);
        if (batch.Embedded is not { } embedded || resourceId is null)
        {
            return await messages.AppendAsync(batch with { Embedded = null }, cancellationToken);
        }

        var contents = batch.Messages.Select(message => new ContentVersion(batch.ThreadId, message.Id, 1, Convert.ToHexStringLower(message.Fingerprint))).ToList();
        var entries = batch.Messages.Select((message, i) => new VectorEntry(contents[i], message.Role, message.CreatedAt, embedded.Vectors[i]));
        var isPlaced = await vectors.TryPutAsync(embedded.Space, resourceId, [.. entries.Where(entry => entry.Values.Length > 0)], logger, cancellationToken);
        AppendResult result;
        try
        {
            result = await messages.AppendAsync(batch with { Embedded = isPlaced ? SplitEmbeddingStore.Elsewhere(embedded) : null }, cancellationToken);
        }
        catch (RefusedException refused) when (refused.Code == ErrorCode.ResourceErased)
        {
            // Nothing of who was erased may stay, not even what nobody finds; nobody would look for it again.
            await embeddings.RemoveStaleAsync(batch.ThreadId, contents, cancellationToken);
            throw;
        }

        owners.Remember(batch.ThreadId, resourceId);
        if (isPlaced && result.Messages.Any(message => message.Duplicate))
        {
            // A redelivery brings nothing back that was edited or removed since, and neither must its vectors stay.
            await embeddings.RemoveStaleAsync(batch.ThreadId, [.. contents.Where((_, i) => result.Messages[i].Duplicate)], cancellationToken);
        }

        return result;
    }

    /// <inheritdoc/>
    public async Task<bool> ReplaceMessageAsync(MessageEdit edit, CancellationToken cancellationToken = default)
    {
        // Listed first: of two who edit at once only the winner may bring vectors. What is narrowed by lies beside them, so that they go with any change.
        if (!await messages.ReplaceMessageAsync(edit with { IsSameText = false, Embedded = null }, cancellationToken))
        {
            return false;
        }

        var (message, before) = (edit.Message, new ContentVersion(edit.Message.ThreadId, edit.Message.Id, edit.Revision, Convert.ToHexStringLower(edit.Fingerprint.Span)));
        try
        {
            if (edit.Embedded is { } embedded)
            {
                var edited = new MessageVersion(message.ThreadId, message.Position, message.Id, message.Role, message.CreatedAt, edit.Revision + 1, edit.Fingerprint);
                await embeddings.PutAsync(embedded.Space, [new MessageVectors(edited, embedded.Vectors[0])], edit.Now, cancellationToken);
            }

            await vectors.RemoveAsync(message.ThreadId, [before], cancellationToken);
        }
        catch (Exception fault) when (fault is MemoryStoreException or RefusedException)
        {
            VectorPlacement.LeaveToWorker(logger, message.ThreadId, fault); // the edit is done, and the list has its vectors made again
        }

        return true;
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteMessageAsync(ThreadAddress thread, string messageId, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var wasThere = await messages.DeleteMessageAsync(thread, messageId, now, cancellationToken);
        if (wasThere || await IsAllowedAsync(thread, cancellationToken))
        {
            await vectors.RemoveMessageAsync(thread.Id, messageId, cancellationToken); // asked again after a fault in here, it finds no message and still removes them
        }

        return wasThere;
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteThreadAsync(ThreadAddress thread, ThreadCondition? condition = null, CancellationToken cancellationToken = default)
    {
        var wasThere = await messages.DeleteThreadAsync(thread, condition, cancellationToken);
        owners.Forget(thread.Id);
        if (wasThere || await owners.FindAsync(thread.Id, cancellationToken) is null)
        {
            await vectors.RemoveThreadAsync(thread.Id, cancellationToken); // as above; not if it was kept because it has changed, or is another resource's
        }

        return wasThere;
    }

    /// <inheritdoc/>
    public async Task<ThreadRecord?> CloneThreadAsync(ThreadClone clone, CancellationToken cancellationToken = default)
    {
        if (await embeddings.FindSpaceAsync(cancellationToken) is { } space
            && await messages.FindThreadAsync(clone.Source.Id, cancellationToken) is { } source
            && (clone.Source.ResourceId is null || clone.Source.ResourceId == source.ResourceId)
            && await messages.FindThreadAsync(clone.Id, cancellationToken) is null)
        {
            clone = clone with { UpTo = Math.Min(clone.UpTo ?? source.LastPosition, source.LastPosition) }; // no message more than vectors
            await CopyVectorsAsync(space, clone, source.ResourceId, cancellationToken);
        }

        return await messages.CloneThreadAsync(clone, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ErasedCounts> EraseResourceAsync(string resourceId, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var erased = await messages.EraseResourceAsync(resourceId, now, cancellationToken);
        await vectors.RemoveResourceAsync(resourceId, cancellationToken); // as above
        return erased;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Message>?> ReadAsync(MessageRead read, CancellationToken cancellationToken = default) => messages.ReadAsync(read, cancellationToken);

    /// <inheritdoc/>
    public Task<MessagePage?> PageAsync(MessageListing listing, CancellationToken cancellationToken = default) => messages.PageAsync(listing, cancellationToken);

    /// <inheritdoc/>
    public Task<StoredMessage?> FindMessageAsync(ThreadAddress thread, string messageId, CancellationToken cancellationToken = default) =>
        messages.FindMessageAsync(thread, messageId, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> CreateThreadAsync(ThreadRecord thread, CancellationToken cancellationToken = default) => messages.CreateThreadAsync(thread, cancellationToken);

    /// <inheritdoc/>
    public Task<ThreadRecord?> FindThreadAsync(string threadId, CancellationToken cancellationToken = default) => messages.FindThreadAsync(threadId, cancellationToken);

    /// <inheritdoc/>
    public async Task<Page<ThreadRecord, ThreadCursor>> ListThreadsAsync(ThreadListing listing, CancellationToken cancellationToken = default)
    {
        var page = await messages.ListThreadsAsync(listing, cancellationToken);
        foreach (var thread in page.Items)
        {
            owners.Remember(thread.Id, thread.ResourceId); // who lists them may well read their vectors next
        }

        return page;
    }

    /// <inheritdoc/>
    public Task<ThreadRecord?> UpdateThreadAsync(ThreadRecord thread, CancellationToken cancellationToken = default) => messages.UpdateThreadAsync(thread, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ResourceRecord, string>> ListResourcesAsync(ResourceListing listing, CancellationToken cancellationToken = default) =>
        messages.ListResourcesAsync(listing, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ExpiredThread, string>> ListExpiredAsync(ExpiryQuery query, CancellationToken cancellationToken = default) => messages.ListExpiredAsync(query, cancellationToken);

    /// <inheritdoc/>
    public Task<WorkingMemoryDocument?> FindWorkingMemoryAsync(WorkingMemoryOwner owner, CancellationToken cancellationToken = default) =>
        messages.FindWorkingMemoryAsync(owner, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> PutWorkingMemoryAsync(WorkingMemoryOwner owner, WorkingMemoryDocument document, long? version, CancellationToken cancellationToken = default) =>
        messages.PutWorkingMemoryAsync(owner, document, version, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteWorkingMemoryAsync(WorkingMemoryOwner owner, long? version, CancellationToken cancellationToken = default) =>
        messages.DeleteWorkingMemoryAsync(owner, version, cancellationToken);

    /// <inheritdoc/>
    public async Task CheckAsync(CancellationToken cancellationToken = default)
    {
        await messages.CheckAsync(cancellationToken);
        await vectors.CheckAsync(cancellationToken);
    }

    // Not another resource's, whose message it may still be: as it is now, not as it is remembered.
    private async Task<bool> IsAllowedAsync(ThreadAddress thread, CancellationToken cancellationToken)
    {
        if (thread.ResourceId is null)
        {
            return true;
        }

        owners.Forget(thread.Id);
        return await owners.FindAsync(thread.Id, cancellationToken) is not { } owner || owner == thread.ResourceId;
    }

    private async Task CopyVectorsAsync(EmbeddingSpace space, ThreadClone clone, string resourceId, CancellationToken cancellationToken)
    {
        ArchivePage? page;
        var after = 0L;
        do
        {
            page = await archive.ReadAsync(new ArchiveRead(clone.Source.Id, after, CopiedAtOnce, BytesAtOnce, WithVectors: false), cancellationToken);
            List<StoredMessage> copied = [.. (page?.Messages ?? []).Select(message => message.Stored).Where(stored => stored.Message.Position <= clone.UpTo)];
            if (copied.Count == 0)
            {
                return;
            }

            after = copied[^1].Message.Position;
            var found = await vectors.FetchAsync(space, resourceId, [.. copied.Select(stored => MessageVersion.Of(stored).Content)], cancellationToken);
            List<VectorEntry> copies = [.. found.Select(entry => entry with { Content = entry.Content with { ThreadId = clone.Id } })];
            await (copies.Count == 0 ? Task.CompletedTask : vectors.PutAsync(space, clone.ResourceId ?? resourceId, copies, cancellationToken));
        }
        while (page?.HasMore == true && after < clone.UpTo);
    }
}
