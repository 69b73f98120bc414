namespace Memory.Core;

/// <summary>Why a request was refused. Stable: clients branch on the wire form, which <see cref="ErrorCodes.Name"/> gives.</summary>
public enum ErrorCode
{
    /// <summary>The request breaks a rule that its fields alone decide.</summary>
    InvalidRequest,

    /// <summary>No such thread, or the thread belongs to another resource; the two are not told apart.</summary>
    ThreadNotFound,

    /// <summary>The thread exists and holds no such message.</summary>
    MessageNotFound,

    /// <summary>No such operation.</summary>
    OperationNotFound,

    /// <summary>The thread or resource has no working memory.</summary>
    WorkingMemoryNotFound,

    /// <summary>A message id is already used in the thread by other content.</summary>
    MessageConflict,

    /// <summary>The thread has moved on from the position the caller expected.</summary>
    PositionMismatch,

    /// <summary>The id is taken.</summary>
    AlreadyExists,

    /// <summary>An <c>If-Match</c> condition does not hold.</summary>
    PreconditionFailed,

    /// <summary>The request is larger than a stated limit.</summary>
    PayloadTooLarge,

    /// <summary>The stored vectors were made by another embedder than the configured one.</summary>
    DimensionMismatch,

    /// <summary>The document's type does not fit what is asked of it.</summary>
    UnsupportedMediaType,

    /// <summary>Work that was accepted before its resource was erased, and arrived afterwards.</summary>
    ResourceErased,

    /// <summary>The caller could not be told from nobody.</summary>
    Unauthorized,

    /// <summary>The caller is known, and may not do this.</summary>
    Forbidden,
}
