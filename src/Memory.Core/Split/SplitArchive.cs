using Microsoft.Extensions.Logging;

namespace Memory.Core;

/// <summary>
/// Threads whole, with their messages in one service and their vectors in another. As with an append, vectors are written first, and those that no message came to have are removed.
/// </summary>
public sealed class SplitArchive(IArchive messages, IVectorIndex vectors, IEmbeddingStore list, ThreadOwners owners, ILogger<SplitArchive> logger) : IArchive
{
    private const int BytesAtOnce = 1 << 20;

    // As the list was last seen to have it; when it has another one meanwhile, the messages are listed for that.
    private volatile EmbeddingSpace? current;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredThread>> FindThreadsAsync(IReadOnlyList<string> threadIds, CancellationToken cancellationToken = default)
    {
        var found = await messages.FindThreadsAsync(threadIds, cancellationToken);
        foreach (var state in found)
        {
            owners.Remember(state.Thread.Id, state.Thread.ResourceId);
        }

        return found;
    }

    /// <inheritdoc/>
    /// <remarks>A text that the embedder refused for good looks like one whose vectors are missing, and is null like it.</remarks>
    public async Task<ArchivePage?> ReadAsync(ArchiveRead read, CancellationToken cancellationToken = default)
    {
        if (await messages.ReadAsync(read, cancellationToken) is not { } page)
        {
            return null;
        }

        List<ContentVersion> embedded = [.. page.Messages.Where(message => message.Vectors?.Length == 0).Select(Content)];
        if (page.Space is not { } space || embedded.Count == 0 || await owners.FindAsync(read.ThreadId, cancellationToken) is not { } resourceId)
        {
            return page;
        }

        var found = (await vectors.FetchAsync(space, resourceId, embedded, cancellationToken)).ToDictionary(entry => entry.Content, entry => entry.Values);
        return page with { Messages = [.. page.Messages.Select(message => message.Vectors?.Length == 0 ? WithVectors(message, found) : message)] };
    }

    /// <inheritdoc/>
    public Task PutResourceAsync(ResourceRecord resource, CancellationToken cancellationToken = default) => messages.PutResourceAsync(resource, cancellationToken);

    /// <inheritdoc/>
    public async Task<ArchiveOutcome> WriteAsync(ArchivePiece piece, CancellationToken cancellationToken = default)
    {
        var (thread, resourceId) = (piece.Thread.Id, piece.Thread.ResourceId);
        List<VectorEntry> entries = [.. piece.Messages.Where(message => message.Vectors?.Length > 0).Select(Entry)];
        var isPlaced = piece.Space is { } space && entries.Count > 0 && await IsCurrentAsync(space, cancellationToken)
            && await vectors.TryPutAsync(space, resourceId, entries, logger, cancellationToken);
        var outcome = await messages.WriteAsync(
            piece with { Messages = [.. piece.Messages.Select(message => message.Vectors?.Length > 0 ? message with { Vectors = isPlaced ? ReadOnlyMemory<float>.Empty : default(ReadOnlyMemory<float>?) } : message)] }, cancellationToken);
        if (!outcome.IsTaken)
        {
            owners.Remember(thread, resourceId);
        }

        if (isPlaced && outcome.Pending > piece.Messages.Count(message => message.Vectors is null))
        {
            current = null; // the messages were listed for another space
        }

        if (isPlaced && outcome.Written < piece.Messages.Count)
        {
            await RemoveStaleAsync(thread, [.. entries.Select(entry => entry.Content)], piece.Messages[0].Message.Position, piece.Messages[^1].Message.Position, cancellationToken);
        }

        return outcome;
    }

    private static ContentVersion Content(ArchivedMessage message) => MessageVersion.Of(message.Stored).Content;

    private static VectorEntry Entry(ArchivedMessage message) => new(Content(message), message.Message.Role, message.Message.CreatedAt, message.Vectors.GetValueOrDefault());

    // A message without any text has nothing that could be there.
    private static ArchivedMessage WithVectors(ArchivedMessage message, Dictionary<ContentVersion, ReadOnlyMemory<float>> found) =>
        found.TryGetValue(Content(message), out var values) ? message with { Vectors = values }
        : string.IsNullOrWhiteSpace(message.Message.Content.Text) ? message
        : message with { Vectors = null };

    private async Task<bool> IsCurrentAsync(EmbeddingSpace space, CancellationToken cancellationToken)
    {
        if (current == space)
        {
            return true;
        }

        current = await list.FindSpaceAsync(cancellationToken);
        return current is null || current == space;
    }

    // What was there already has perhaps been edited since, and what stood in the way has other contents.
    private async Task RemoveStaleAsync(string threadId, HashSet<ContentVersion> contents, long from, long to, CancellationToken cancellationToken)
    {
        ArchivePage? page;
        var after = from - 1;
        do
        {
            page = await messages.ReadAsync(new ArchiveRead(threadId, after, contents.Count, BytesAtOnce, WithVectors: false), cancellationToken);
            contents.ExceptWith((page?.Messages ?? []).Select(Content));
            after = page is { Messages: [.., var last] } ? last.Message.Position : to;
        }
        while (page?.HasMore == true && after < to && contents.Count > 0);

        await (contents.Count == 0 ? Task.CompletedTask : vectors.RemoveAsync(threadId, [.. contents], cancellationToken));
    }
}
