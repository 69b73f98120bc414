namespace Memory.Core;

/// <summary>The list of messages that await their vectors beside the messages, and the vectors elsewhere: a message leaves the list when its vectors are there.</summary>
public sealed class SplitEmbeddingStore(IMessageStore messages, IEmbeddingStore list, IVectorIndex vectors, ThreadOwners owners) : IEmbeddingStore
{
    /// <summary>What the store of the messages is told of vectors that are stored elsewhere: that there is nothing left to embed.</summary>
    public static EmbeddedTexts Elsewhere(EmbeddedTexts embedded) => embedded with { Vectors = [.. embedded.Vectors.Select(_ => ReadOnlyMemory<float>.Empty)] };

    /// <inheritdoc/>
    public Task<EmbeddingSpace?> FindSpaceAsync(CancellationToken cancellationToken = default) => list.FindSpaceAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<int> PutAsync(EmbeddingSpace space, IReadOnlyList<MessageVectors> messages, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        if (await list.FindSpaceAsync(cancellationToken) is { } stored && stored != space)
        {
            throw RefusedException.OtherSpace(stored, space);
        }

        foreach (var thread in messages.Where(message => message.Values.Length > 0).GroupBy(message => message.Message.ThreadId, StringComparer.Ordinal))
        {
            if (await owners.FindAsync(thread.Key, cancellationToken) is { } resourceId)
            {
                await vectors.PutAsync(
                    space, resourceId, [.. thread.Select(message => new VectorEntry(message.Message.Content, message.Message.Role, message.Message.CreatedAt, message.Values))], cancellationToken);
            }
        }

        var current = await list.PutAsync(space, [.. messages.Select(message => message with { Values = ReadOnlyMemory<float>.Empty })], now, cancellationToken);
        if (current < messages.Count)
        {
            foreach (var thread in messages.GroupBy(message => message.Message.ThreadId, StringComparer.Ordinal))
            {
                await RemoveStaleAsync(thread.Key, [.. thread.Select(message => message.Message.Content)], cancellationToken);
            }
        }

        return current;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<PendingMessage>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        list.ClaimAsync(limit, lease, now, cancellationToken);

    /// <inheritdoc/>
    public Task PostponeAsync(IReadOnlyList<PendingMessage> messages, DateTimeOffset dueAt, CancellationToken cancellationToken = default) =>
        list.PostponeAsync(messages, dueAt, cancellationToken);

    /// <inheritdoc/>
    public async Task<long> MoveAsync(EmbeddingSpace space, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var remaining = await list.MoveAsync(space, now, cancellationToken);
        await vectors.KeepOnlyAsync(space, cancellationToken);
        return remaining;
    }

    /// <inheritdoc/>
    public Task<long> CountAsync(CancellationToken cancellationToken = default) => list.CountAsync(cancellationToken);

    /// <summary>Removes the vectors of those contents of a thread that no message has any more.</summary>
    internal async Task RemoveStaleAsync(string threadId, IReadOnlyList<ContentVersion> contents, CancellationToken cancellationToken)
    {
        List<ContentVersion> stale = [];
        foreach (var content in contents)
        {
            var stored = await messages.FindMessageAsync(threadId, content.MessageId, cancellationToken);
            if (stored is null || MessageVersion.Of(stored).Content != content)
            {
                stale.Add(content);
            }
        }

        await (stale.Count == 0 ? Task.CompletedTask : vectors.RemoveAsync(threadId, stale, cancellationToken));
    }
}
