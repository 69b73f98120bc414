namespace Memory.Core;

/// <summary>
/// A request that was understood and refused; nothing was written. The message is written for the caller and may be shown.
/// A fault of the backend is a <see cref="MemoryStoreException"/> instead.
/// </summary>
public sealed class RefusedException(ErrorCode code, string message) : Exception(message)
{
    /// <summary>Which rule refused it.</summary>
    public ErrorCode Code { get; } = code;

    /// <summary>What is wrong by JSON path (<c>$.messages[2].role</c>); empty unless <see cref="Code"/> is <see cref="ErrorCode.InvalidRequest"/>.</summary>
    public IReadOnlyDictionary<string, string> Errors { get; init; } = new Dictionary<string, string>();

    /// <summary>The message ids in conflict, for <see cref="ErrorCode.MessageConflict"/>.</summary>
    public IReadOnlyList<string> MessageIds { get; init; } = [];

    /// <summary>The thread's last position, for <see cref="ErrorCode.PositionMismatch"/>.</summary>
    public long? LastPosition { get; init; }

    /// <summary>A single field that is wrong.</summary>
    public static RefusedException Invalid(string path, string problem) =>
        Invalid(new Dictionary<string, string> { [path] = problem });

    /// <summary>Fields that are wrong: at least one.</summary>
    public static RefusedException Invalid(IReadOnlyDictionary<string, string> errors)
    {
        var (path, problem) = errors.First();
        var message = errors.Count == 1 ? $"{path} {problem}." : $"{errors.Count} fields are wrong; the first: {path} {problem}.";
        return new RefusedException(ErrorCode.InvalidRequest, message) { Errors = errors };
    }

    /// <summary>The thread does not exist for this caller.</summary>
    public static RefusedException NoThread(string threadId) =>
        new(ErrorCode.ThreadNotFound, $"There is no thread '{threadId}'.");

    /// <summary>The thread to append to does not exist, and the append does not say whose it would be.</summary>
    public static RefusedException NoThreadToAppend(string threadId) =>
        new(ErrorCode.ThreadNotFound, $"There is no thread '{threadId}'. Create it, or name its resourceId in the append.");

    /// <summary>The stored vectors and the configured embedder's cannot be compared.</summary>
    public static RefusedException OtherSpace(EmbeddingSpace stored, EmbeddingSpace configured) =>
        new(ErrorCode.DimensionMismatch,
            $"The stored vectors are of {stored}, and the configured embedder is {configured}. Configure the former again, or move everything to the latter with POST /v1/reembed.");

    /// <summary>The thread holds no such message.</summary>
    public static RefusedException NoMessage(string threadId, string messageId) =>
        new(ErrorCode.MessageNotFound, $"Thread '{threadId}' holds no message '{messageId}'.");
}
