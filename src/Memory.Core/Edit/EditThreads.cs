namespace Memory.Core;

/// <summary>Creates, changes, clones and removes threads.</summary>
public sealed class EditThreads(IMessageStore store, TimeProvider clock)
{
    /// <summary>The longest title, in characters.</summary>
    public const int MaxTitleLength = 1_000;

    /// <summary>The shortest and the longest time to live of a thread: a minute, ten years.</summary>
    public static (TimeSpan Least, TimeSpan Most) TimesToLive { get; } = (TimeSpan.FromMinutes(1), TimeSpan.FromDays(3_650));

    /// <summary>Finds a thread.</summary>
    public async Task<ThreadRecord?> FindAsync(ThreadAddress thread, CancellationToken cancellationToken = default) =>
        await store.FindThreadAsync(thread.Id, cancellationToken) is { } found && (thread.ResourceId is null || found.ResourceId == thread.ResourceId) ? found : null;

    /// <summary>Creates a thread.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.AlreadyExists"/>.</exception>
    public async Task<ThreadRecord> CreateAsync(string? id, string resourceId, string? title, RawJson? metadata, TimeSpan? timeToLive = null, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow().ToMicroseconds();
        var thread = new ThreadRecord
        {
            Id = id ?? Identifier.New(now),
            ResourceId = resourceId,
            Title = title,
            Metadata = metadata,
            TimeToLive = timeToLive,
            CreatedAt = now,
            UpdatedAt = now,
            Version = Versions.Next(now, 0),
        };
        return await store.CreateThreadAsync(thread, cancellationToken) ? thread : throw Taken(thread.Id);
    }

    /// <summary>Applies a change to title and metadata as they are now, again if somebody else changed them meanwhile.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.ThreadNotFound"/>, <see cref="ErrorCode.PreconditionFailed"/>.</exception>
    public async Task<ThreadRecord> EditAsync(
        ThreadAddress thread, Func<ThreadRecord, ThreadRecord> change, VersionCondition? condition, CancellationToken cancellationToken = default)
    {
        while (await FindAsync(thread, cancellationToken) is { } stored)
        {
            Versions.Require(condition, stored.Version);
            var edited = change(stored) with { UpdatedAt = clock.GetUtcNow().ToMicroseconds() };
            if (await store.UpdateThreadAsync(edited, cancellationToken) is { } written)
            {
                return written;
            }
        }

        throw RefusedException.NoThread(thread.Id);
    }

    /// <summary>Removes a thread with everything in it.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.ThreadNotFound"/>, <see cref="ErrorCode.PreconditionFailed"/>.</exception>
    public async Task DeleteAsync(ThreadAddress thread, VersionCondition? condition, CancellationToken cancellationToken = default)
    {
        if (condition is null)
        {
            if (!await store.DeleteThreadAsync(thread, null, cancellationToken))
            {
                throw RefusedException.NoThread(thread.Id);
            }

            return;
        }

        while (await FindAsync(thread, cancellationToken) is { } stored)
        {
            Versions.Require(condition, stored.Version);
            if (await store.DeleteThreadAsync(thread, new ThreadCondition(stored.Version), cancellationToken))
            {
                return;
            }
        }

        throw RefusedException.NoThread(thread.Id);
    }

    /// <summary>Copies a thread.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.ThreadNotFound"/>, <see cref="ErrorCode.AlreadyExists"/>.</exception>
    public async Task<ThreadRecord> CloneAsync(ThreadAddress source, string? id, string? resourceId, long? upTo, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow().ToMicroseconds();
        var clone = new ThreadClone(source, id ?? Identifier.New(now), resourceId, upTo, now);
        return await store.CloneThreadAsync(clone, cancellationToken) ?? throw RefusedException.NoThread(source.Id);
    }

    /// <summary>The refusal of an id that is taken.</summary>
    public static RefusedException Taken(string threadId) =>
        new(ErrorCode.AlreadyExists, $"There is a thread '{threadId}' already. Choose another id, or leave it out.");
}
