namespace Memory.Core;

/// <summary>Creates, changes, clones and removes threads.</summary>
public sealed class EditThreads(IMessageStore store, TimeProvider clock)
{
    /// <summary>The longest title, in characters.</summary>
    public const int MaxTitleLength = 1_000;

    /// <summary>Creates a thread.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.AlreadyExists"/>.</exception>
    public async Task<ThreadRecord> CreateAsync(string? id, string resourceId, string? title, RawJson? metadata, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow().ToMicroseconds();
        var thread = new ThreadRecord
        {
            Id = id ?? Identifier.New(now),
            ResourceId = resourceId,
            Title = title,
            Metadata = metadata,
            CreatedAt = now,
            UpdatedAt = now,
            Version = Versions.Next(now, 0),
        };
        return await store.CreateThreadAsync(thread, cancellationToken) ? thread : throw Taken(thread.Id);
    }

    /// <summary>Applies a change to title and metadata as they are now, again if somebody else changed them meanwhile.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.ThreadNotFound"/>, <see cref="ErrorCode.PreconditionFailed"/>.</exception>
    public async Task<ThreadRecord> EditAsync(
        string threadId, Func<ThreadRecord, ThreadRecord> change, VersionCondition? condition, CancellationToken cancellationToken = default)
    {
        while (await store.FindThreadAsync(threadId, cancellationToken) is { } stored)
        {
            Versions.Require(condition, stored.Version);
            var edited = change(stored) with { UpdatedAt = clock.GetUtcNow().ToMicroseconds() };
            if (await store.UpdateThreadAsync(edited, cancellationToken) is { } written)
            {
                return written;
            }
        }

        throw RefusedException.NoThread(threadId);
    }

    /// <summary>Removes a thread with everything in it.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.ThreadNotFound"/>, <see cref="ErrorCode.PreconditionFailed"/>.</exception>
    public async Task DeleteAsync(string threadId, VersionCondition? condition, CancellationToken cancellationToken = default)
    {
        if (condition is null)
        {
            if (!await store.DeleteThreadAsync(threadId, null, cancellationToken))
            {
                throw RefusedException.NoThread(threadId);
            }

            return;
        }

        while (await store.FindThreadAsync(threadId, cancellationToken) is { } stored)
        {
            Versions.Require(condition, stored.Version);
            if (await store.DeleteThreadAsync(threadId, stored.Version, cancellationToken))
            {
                return;
            }
        }

        throw RefusedException.NoThread(threadId);
    }

    /// <summary>Copies a thread.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.ThreadNotFound"/>, <see cref="ErrorCode.AlreadyExists"/>.</exception>
    public async Task<ThreadRecord> CloneAsync(string sourceId, string? id, string? resourceId, long? upTo, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow().ToMicroseconds();
        var clone = new ThreadClone(sourceId, id ?? Identifier.New(now), resourceId, upTo, now);
        return await store.CloneThreadAsync(clone, cancellationToken) ?? throw RefusedException.NoThread(sourceId);
    }

    /// <summary>The refusal of an id that is taken.</summary>
    public static RefusedException Taken(string threadId) =>
        new(ErrorCode.AlreadyExists, $"There is a thread '{threadId}' already. Choose another id, or leave it out.");
}
