namespace Memory.Core;

/// <summary>Reads and writes working memory without losing anybody's update.</summary>
public sealed class WorkingMemories(IMessageStore store, TimeProvider clock)
{
    /// <summary>The largest document, in bytes (256 KiB): it goes into every prompt.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Finds a document.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.WorkingMemoryNotFound"/>.</exception>
    public async Task<WorkingMemoryDocument> FindAsync(WorkingMemoryOwner owner, CancellationToken cancellationToken = default) =>
        await store.FindWorkingMemoryAsync(owner, cancellationToken) ?? throw await NoneAsync(owner, cancellationToken);

    /// <summary>Writes a document over whatever is there, if the condition allows it.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.ThreadNotFound"/>, <see cref="ErrorCode.PreconditionFailed"/>.</exception>
    public Task<WorkingMemoryDocument> PutAsync(
        WorkingMemoryOwner owner, bool isJson, string text, VersionCondition? condition, CancellationToken cancellationToken = default) =>
        WriteAsync(owner, _ => (isJson, text), condition, cancellationToken);

    /// <summary>Merges a patch (RFC 7396) into a JSON document, or into an empty one when there is none.</summary>
    /// <exception cref="RefusedException">As <see cref="PutAsync"/>; <see cref="ErrorCode.UnsupportedMediaType"/> when the document is text.</exception>
    public Task<WorkingMemoryDocument> MergeAsync(
        WorkingMemoryOwner owner, RawJson patch, VersionCondition? condition, CancellationToken cancellationToken = default) =>
        WriteAsync(owner, stored => (true, Merge(stored, patch)), condition, cancellationToken);

    /// <summary>Removes a document.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.WorkingMemoryNotFound"/>, <see cref="ErrorCode.PreconditionFailed"/>.</exception>
    public async Task DeleteAsync(WorkingMemoryOwner owner, VersionCondition? condition, CancellationToken cancellationToken = default)
    {
        while (await store.FindWorkingMemoryAsync(owner, cancellationToken) is { } stored)
        {
            Versions.Require(condition, stored.Version);
            if (await store.DeleteWorkingMemoryAsync(owner, condition is null ? null : stored.Version, cancellationToken))
            {
                return;
            }
        }

        throw await NoneAsync(owner, cancellationToken);
    }

    private async Task<WorkingMemoryDocument> WriteAsync(
        WorkingMemoryOwner owner, Func<WorkingMemoryDocument?, (bool IsJson, string Text)> write, VersionCondition? condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var stored = await store.FindWorkingMemoryAsync(owner, cancellationToken);
            if (stored is null ? condition is { MustBeAbsent: false } : condition?.Allows(stored.Version) == false)
            {
                throw stored is null && await IsMissingThreadAsync(owner, cancellationToken) ? RefusedException.NoThread(owner.Id) : Versions.Changed();
            }

            var now = clock.GetUtcNow().ToMicroseconds();
            var (isJson, text) = write(stored);
            var document = new WorkingMemoryDocument(isJson, text, Versions.Next(now, stored?.Version ?? 0), now);
            if (await store.PutWorkingMemoryAsync(owner, document, stored?.Version ?? 0, cancellationToken))
            {
                return document;
            }
        }
    }

    private static string Merge(WorkingMemoryDocument? stored, RawJson patch) => stored switch
    {
        { IsJson: false } => throw new RefusedException(ErrorCode.UnsupportedMediaType,
            "This working memory is text, which cannot be merged. Replace it with PUT."),
        null => JsonMergePatch.Apply(null, patch, MaxBytes)?.Text ?? "null",
        _ => JsonMergePatch.Apply(new RawJson(stored.Text), patch, MaxBytes)?.Text ?? "null",
    };

    // A document may be missing because its thread is: said only then, so that the usual way has one call.
    private async Task<bool> IsMissingThreadAsync(WorkingMemoryOwner owner, CancellationToken cancellationToken) =>
        owner.IsThread && (await store.FindThreadAsync(owner.Id, cancellationToken) is not { } thread || (owner.ResourceId is not null && thread.ResourceId != owner.ResourceId));

    private async Task<RefusedException> NoneAsync(WorkingMemoryOwner owner, CancellationToken cancellationToken) =>
        await IsMissingThreadAsync(owner, cancellationToken) ? RefusedException.NoThread(owner.Id) : new(ErrorCode.WorkingMemoryNotFound, $"The {(owner.IsThread ? "thread" : "resource")} '{owner.Id}' has no working memory. Write it with PUT.");
}
