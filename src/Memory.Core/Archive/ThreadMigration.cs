namespace Memory.Core;

/// <summary>Copies one thread, or what of it the target lacks.</summary>
internal sealed class ThreadMigration(StoragePorts source, StoragePorts target, MigrationRequest request, TimeProvider clock, TransferTally tally)
{
    private readonly List<(long? Position, string Reason)> conflicts = [];
    private bool hasWritten;

    /// <summary>Brings the target's thread to what the source's is.</summary>
    /// <param name="from">The thread at the source.</param>
    /// <param name="to">The thread at the target; null when it is not there.</param>
    /// <param name="cancellationToken">Ends it; what was written stays.</param>
    public async Task RunAsync(StoredThread from, StoredThread? to, CancellationToken cancellationToken)
    {
        var memoryVersion = to?.WorkingMemoryVersion ?? 0;
        if (to is null)
        {
            await CopyAsync(from.Thread, cancellationToken);
        }
        else if (from.Thread.ResourceId != to.Thread.ResourceId)
        {
            conflicts.Add((null, $"the target has a thread of this id for resource '{to.Thread.ResourceId}'"));
        }
        else if (from.Thread == to.Thread)
        {
            tally.Done(0, from.Thread.MessageCount);
        }
        else
        {
            await CompleteAsync(from.Thread, to.Thread, cancellationToken);
            if (conflicts.Count > 0 && request is { Overwrites: true, IsDryRun: false })
            {
                memoryVersion = 0;
                await OverwriteAsync(from.Thread, cancellationToken);
            }
        }

        conflicts.ForEach(conflict => tally.Conflict(from.Thread, conflict.Position, conflict.Reason));
        if (conflicts.Count == 0 && from.WorkingMemoryVersion > memoryVersion && !request.IsDryRun)
        {
            await CopyDocumentAsync(from.Thread, cancellationToken);
        }

        tally.Count(report => hasWritten ? report with { Threads = report.Threads + 1 } : conflicts.Count == 0 ? report with { UnchangedThreads = report.UnchangedThreads + 1 } : report);
        tally.Done(1, 0);
    }

    private async Task OverwriteAsync(ThreadRecord thread, CancellationToken cancellationToken)
    {
        await target.Messages.DeleteThreadAsync(thread.Id, condition: null, cancellationToken);
        conflicts.Clear();
        tally.Count(report => report with { OverwrittenThreads = report.OverwrittenThreads + 1 });
        await CopyAsync(thread, cancellationToken);
    }

    /// <summary>Copies a thread that is not there.</summary>
    private async Task CopyAsync(ThreadRecord thread, CancellationToken cancellationToken)
    {
        if (request.IsDryRun)
        {
            Wrote(new ArchiveOutcome((int)thread.MessageCount, 0), space: null);
            tally.Done(0, thread.MessageCount);
            return;
        }

        await foreach (var page in ThreadReader.PagesAsync(source.Archive, thread.Id, after: 0, withVectors: true, cancellationToken))
        {
            await WriteAsync(thread, page.Messages, page.Space, isLast: !page.HasMore, cancellationToken);
            tally.Done(0, page.Messages.Count);
            if (conflicts.Count > 0)
            {
                return; // the rest would leave a gap
            }
        }
    }

    /// <summary>Goes through both threads side by side and writes what differs, until something stands in the way; all that does is reported.</summary>
    private async Task CompleteAsync(ThreadRecord from, ThreadRecord to, CancellationToken cancellationToken)
    {
        await using var theirs = ThreadReader.MessagesAsync(target.Archive, to.Id, withVectors: false, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var hasTheirs = await theirs.MoveNextAsync();
        ArchivePage? last = null;
        await foreach (var page in ThreadReader.PagesAsync(source.Archive, from.Id, after: 0, withVectors: true, cancellationToken))
        {
            List<ArchivedMessage> missing = [];
            foreach (var message in page.Messages)
            {
                await PassOverAsync(message.Message.Position);
                if (hasTheirs && theirs.Current.Message.Position == message.Message.Position)
                {
                    await UpdateAsync(from, message, page.Space, theirs.Current, cancellationToken);
                    hasTheirs = await theirs.MoveNextAsync();
                }
                else
                {
                    missing.Add(message);
                }
            }

            if (page.HasMore && missing.Count > 0 && conflicts.Count == 0)
            {
                await WriteAsync(from, missing, page.Space, isLast: false, cancellationToken);
            }

            last = page with { Messages = missing };
            tally.Done(0, page.Messages.Count);
        }

        if (last is not { HasMore: false })
        {
            return; // the thread has gone at the source meanwhile, which says nothing of its messages in the target
        }

        await PassOverAsync(from.LastPosition + 1);
        var isAhead = from.UpdatedAt > to.UpdatedAt || from.Version > to.Version || from.LastPosition > to.LastPosition;
        if (conflicts.Count == 0 && (isAhead || last.Messages.Count > 0))
        {
            await WriteAsync(from, last.Messages, last.Space, isLast: true, cancellationToken);
        }

        // Only the target has those before a position: they were deleted at the source, or never were there.
        async Task PassOverAsync(long position)
        {
            for (; hasTheirs && theirs.Current.Message.Position < position; hasTheirs = await theirs.MoveNextAsync())
            {
                await RemoveAsync(from, to, theirs.Current.Message, cancellationToken);
            }
        }
    }

    private async Task RemoveAsync(ThreadRecord from, ThreadRecord to, Message message, CancellationToken cancellationToken)
    {
        if (to.UpdatedAt > from.UpdatedAt || to.LastPosition > from.LastPosition)
        {
            conflicts.Add((message.Position, "the target has a message here that the source has not, and was written since"));
        }
        else if (conflicts.Count == 0)
        {
            var wasThere = request.IsDryRun || await target.Messages.DeleteMessageAsync(to.Id, message.Id, from.UpdatedAt, cancellationToken);
            hasWritten |= wasThere;
            tally.Count(report => report with { DeletedMessages = report.DeletedMessages + (wasThere ? 1 : 0) });
        }
    }

    private async Task UpdateAsync(ThreadRecord thread, ArchivedMessage message, EmbeddingSpace? space, ArchivedMessage theirs, CancellationToken cancellationToken)
    {
        if (message.Message.Id != theirs.Message.Id || !message.Stored.Fingerprint.Span.SequenceEqual(theirs.Stored.Fingerprint.Span))
        {
            conflicts.Add((message.Message.Position, $"the target has another message here, '{theirs.Message.Id}'"));
        }
        else if (message.SaysTheSameAs(theirs))
        {
            return;
        }
        else if (message.Stored.Revision <= theirs.Stored.Revision)
        {
            conflicts.Add((message.Message.Position, $"message '{theirs.Message.Id}' was edited in the target"));
        }
        else if (conflicts.Count > 0)
        {
            return;
        }
        else if (request.IsDryRun || await target.Messages.ReplaceMessageAsync(Edit(thread, message, space, theirs.Stored), cancellationToken))
        {
            hasWritten = true;
            tally.Count(report => report with { EditedMessages = report.EditedMessages + 1 });
        }
        else
        {
            conflicts.Add((message.Message.Position, $"message '{theirs.Message.Id}' was edited in the target meanwhile"));
        }
    }

    private MessageEdit Edit(ThreadRecord thread, ArchivedMessage message, EmbeddingSpace? space, StoredMessage theirs)
    {
        var isSameText = message.Message.Name == theirs.Message.Name && message.Message.Content.Text == theirs.Message.Content.Text;
        return new MessageEdit(
            message.Message, message.Terms(), theirs.Revision, theirs.Fingerprint, thread.UpdatedAt, isSameText, DueAt(space),
            isSameText || space is null || message.Vectors is not { } vectors ? null : new EmbeddedTexts(space, [vectors]));
    }

    private async Task WriteAsync(ThreadRecord thread, IReadOnlyList<ArchivedMessage> messages, EmbeddingSpace? space, bool isLast, CancellationToken cancellationToken)
    {
        if (request.IsDryRun)
        {
            Wrote(new ArchiveOutcome(messages.Count, 0), space: null);
            return;
        }

        var piece = new ArchivePiece { Thread = thread, Messages = messages, IsLast = isLast, Space = space, EmbeddingDueAt = DueAt(space), Now = clock.GetUtcNow().ToMicroseconds() };
        var outcome = await target.Archive.WriteAsync(piece, cancellationToken);
        if (outcome.IsTaken)
        {
            conflicts.Add((null, "the target has a thread of this id for another resource"));
        }
        else if (outcome.Conflicts.Count > 0)
        {
            conflicts.AddRange(outcome.Conflicts.Select(position => ((long?)position, "the target has another message of this id or at this position, or deleted it")));
        }
        else
        {
            Wrote(outcome, space);
        }
    }

    private void Wrote(ArchiveOutcome outcome, EmbeddingSpace? space)
    {
        hasWritten = true;
        tally.Count(report => report with
        {
            Messages = report.Messages + outcome.Written,
            PendingEmbeddings = report.PendingEmbeddings + outcome.Pending,
            MessagesWithVectors = report.MessagesWithVectors + (space is null ? 0 : outcome.Written - outcome.Pending),
        });
    }

    private async Task CopyDocumentAsync(ThreadRecord thread, CancellationToken cancellationToken)
    {
        var owner = new WorkingMemoryOwner(IsThread: true, thread.Id);
        if (await source.Messages.FindWorkingMemoryAsync(owner, cancellationToken) is { } document && await DocumentWriter.WriteAsync(target.Messages, owner, document, cancellationToken))
        {
            tally.Count(report => report with { WorkingMemories = report.WorkingMemories + 1 });
        }
    }

    // Where there are vectors somebody makes them.
    private DateTimeOffset? DueAt(EmbeddingSpace? space) => space is not null || request.IsForEmbedder ? clock.GetUtcNow() : null;
}
