using System.Threading.Channels;

namespace Memory.Core;

/// <summary>Writes an archive into a backend. What is there already stays, and an archive that was imported before, in part or whole, adds what is missing.</summary>
public sealed class ImportMemory(StoragePorts target, TimeProvider clock)
{
    /// <summary>How many threads are written at once.</summary>
    private const int Lanes = 4;

    private const int PiecesInFlight = 2;

    /// <summary>Imports an archive.</summary>
    /// <param name="archive">Its records, in their order.</param>
    /// <param name="isForEmbedder">As <see cref="MigrationRequest.IsForEmbedder"/>.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it; what was written stays.</param>
    /// <exception cref="MemoryStoreException">The backend failed; what was imported stays.</exception>
    public async Task<TransferReport> RunAsync(
        IAsyncEnumerable<ArchiveRecord> archive, bool isForEmbedder, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var tally = new TransferTally(progress);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var lanes = Enumerable.Range(0, Lanes).Select(_ => Channel.CreateBounded<Work>(PiecesInFlight)).ToArray();
        await Task.WhenAll([.. lanes.Select(lane => WriteAsync(lane.Reader, tally, ending)), ReadToEndAsync()]); // a failure ends the others, and is what is thrown
        return tally.Report;

        async Task ReadToEndAsync()
        {
            try
            {
                await ReadAsync(archive, lanes, isForEmbedder, tally, ending.Token);
            }
            finally
            {
                foreach (var lane in lanes)
                {
                    lane.Writer.Complete(); // what was read until a bad line is written still
                }
            }
        }
    }

    private async Task ReadAsync(IAsyncEnumerable<ArchiveRecord> archive, Channel<Work>[] lanes, bool isForEmbedder, TransferTally tally, CancellationToken cancellationToken)
    {
        var (number, bytes) = (0, 0);
        EmbeddingSpace? space = null;
        ArchivedThread? thread = null;
        List<ArchivedMessage> messages = [];
        await foreach (var record in archive.WithCancellation(cancellationToken))
        {
            if (record is ArchivedMessage message)
            {
                if (messages.Count == ThreadReader.MaxMessages || bytes >= ThreadReader.MaxBytes)
                {
                    await SendAsync(isLast: false);
                }

                messages.Add(message);
                bytes += message.Message.Content.Json.Text.Length;
                continue;
            }

            if (thread is not null)
            {
                await SendAsync(isLast: true);
            }

            (thread, number) = (record as ArchivedThread, number + 1);
            if (record is ArchivedResource resource)
            {
                space = resource.Space;
                await WriteAsync(resource, tally, cancellationToken);
            }
        }

        async Task SendAsync(bool isLast)
        {
            var piece = new ArchivePiece
            {
                Thread = thread!.Thread, // a message follows its thread
                Messages = messages,
                IsLast = isLast,
                Space = space,
                EmbeddingDueAt = space is not null || isForEmbedder ? clock.GetUtcNow() : null,
                Now = clock.GetUtcNow().ToMicroseconds(),
            };
            (messages, bytes) = ([], 0);
            await lanes[number % lanes.Length].Writer.WriteAsync(new Work(piece, isLast ? thread.WorkingMemory : null), cancellationToken);
        }
    }

    private async Task WriteAsync(ArchivedResource resource, TransferTally tally, CancellationToken cancellationToken)
    {
        var createdAt = resource.Resource.CreatedAt == default ? clock.GetUtcNow().ToMicroseconds() : resource.Resource.CreatedAt;
        await target.Archive.PutResourceAsync(resource.Resource with { CreatedAt = createdAt }, cancellationToken);
        var isWritten = resource.WorkingMemory is { } document
            && await DocumentWriter.WriteAsync(target.Messages, new WorkingMemoryOwner(IsThread: false, resource.Resource.Id), document, cancellationToken);
        tally.Count(report => report with { Resources = report.Resources + 1, WorkingMemories = report.WorkingMemories + (isWritten ? 1 : 0) });
    }

    private async Task WriteAsync(ChannelReader<Work> lane, TransferTally tally, CancellationTokenSource ending)
    {
        try
        {
            var (skipped, written) = ("", 0);
            await foreach (var (piece, document) in lane.ReadAllAsync(ending.Token))
            {
                if (piece.Thread.Id != skipped && await TryWriteAsync(piece, tally, ending.Token) is { } count)
                {
                    written += count;
                    if (piece.IsLast)
                    {
                        await FinishAsync(piece.Thread, document, written, tally, ending.Token);
                    }
                }
                else
                {
                    skipped = piece.Thread.Id;
                }

                written = piece.IsLast ? 0 : written;
                tally.Done(piece.IsLast ? 1 : 0, piece.Messages.Count);
            }
        }
        catch
        {
            await ending.CancelAsync(); // nobody takes what is read for this lane any more
            throw;
        }
    }

    private async Task<int?> TryWriteAsync(ArchivePiece piece, TransferTally tally, CancellationToken cancellationToken)
    {
        var outcome = await target.Archive.WriteAsync(piece, cancellationToken);
        if (outcome.IsTaken)
        {
            tally.Conflict(piece.Thread, position: null, "there is a thread of this id for another resource");
            return null;
        }

        foreach (var position in outcome.Conflicts)
        {
            tally.Conflict(piece.Thread, position, "there is another message of this id or at this position, or it was deleted");
        }

        tally.Count(report => report with
        {
            Messages = report.Messages + outcome.Written,
            PendingEmbeddings = report.PendingEmbeddings + outcome.Pending,
            MessagesWithVectors = report.MessagesWithVectors + (piece.Space is null ? 0 : outcome.Written - outcome.Pending),
        });
        return outcome.Conflicts.Count > 0 ? null : outcome.Written;
    }

    private async Task FinishAsync(ThreadRecord thread, WorkingMemoryDocument? document, int written, TransferTally tally, CancellationToken cancellationToken)
    {
        var isWritten = document is not null && await DocumentWriter.WriteAsync(target.Messages, new WorkingMemoryOwner(IsThread: true, thread.Id), document, cancellationToken);
        tally.Count(report => report with
        {
            Threads = report.Threads + (written > 0 ? 1 : 0),
            UnchangedThreads = report.UnchangedThreads + (written > 0 ? 0 : 1),
            WorkingMemories = report.WorkingMemories + (isWritten ? 1 : 0),
        });
    }

    private sealed record Work(ArchivePiece Piece, WorkingMemoryDocument? WorkingMemory);
}
