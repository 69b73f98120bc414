namespace Memory.Core;

/// <summary>
/// Vectors kept in another service than their messages. It only says which contents lie near a question: the store of the messages decides whether a message still has that
/// content, so that a late or lost removal here never shows (docs/decisions/0009). Ids may be any text that <see cref="Identifier"/> allows.
/// </summary>
public interface IVectorIndex
{
    /// <summary>Keeps the vectors of contents of one resource; those it has already are replaced by the same.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.DimensionMismatch"/>: the service holds vectors of another length.</exception>
    Task PutAsync(EmbeddingSpace space, string resourceId, IReadOnlyList<VectorEntry> entries, CancellationToken cancellationToken = default);

    /// <summary>Finds the contents nearest to a question, nearest first, each once, by the nearest of its vectors.</summary>
    Task<NearestContents> SearchAsync(NearestQuery query, CancellationToken cancellationToken = default);

    /// <summary>Reads the vectors of certain contents that were put under a resource.</summary>
    /// <returns>Those that are stored whole, in any order.</returns>
    Task<IReadOnlyList<VectorEntry>> FetchAsync(EmbeddingSpace space, string resourceId, IReadOnlyList<ContentVersion> contents, CancellationToken cancellationToken = default);

    /// <summary>Removes the vectors of certain contents of a thread.</summary>
    Task RemoveAsync(string threadId, IReadOnlyList<ContentVersion> contents, CancellationToken cancellationToken = default);

    /// <summary>Removes all vectors of a message.</summary>
    Task RemoveMessageAsync(string threadId, string messageId, CancellationToken cancellationToken = default);

    /// <summary>Removes all vectors of a thread.</summary>
    Task RemoveThreadAsync(string threadId, CancellationToken cancellationToken = default);

    /// <summary>Removes all vectors of a resource.</summary>
    Task RemoveResourceAsync(string resourceId, CancellationToken cancellationToken = default);

    /// <summary>Removes the vectors of every other space.</summary>
    Task KeepOnlyAsync(EmbeddingSpace space, CancellationToken cancellationToken = default);

    /// <summary>Answers when the service can be reached; throws <see cref="MemoryStoreException"/> when not.</summary>
    Task CheckAsync(CancellationToken cancellationToken = default);
}

/// <summary>What a vector was made from: a message as it was appended, or as an edit left it.</summary>
/// <param name="ThreadId">The thread.</param>
/// <param name="MessageId">The message's id there.</param>
/// <param name="Revision">1, and one more for every edit.</param>
/// <param name="Fingerprint">The content it was appended with, in hexadecimal digits: tells a thread's message from that of a thread made anew.</param>
public sealed record ContentVersion(string ThreadId, string MessageId, long Revision, string Fingerprint);

/// <summary>A content's vectors, with what a search may be narrowed by.</summary>
/// <param name="Content">The content.</param>
/// <param name="Role">Who speaks.</param>
/// <param name="CreatedAt">When it was said.</param>
/// <param name="Values">Vectors of unit length, one after another; at least one.</param>
public sealed record VectorEntry(ContentVersion Content, MessageRole Role, DateTimeOffset CreatedAt, ReadOnlyMemory<float> Values);

/// <summary>What a search found.</summary>
/// <param name="Contents">Nearest first.</param>
/// <param name="IsComplete">Whether there is certainly nothing else in scope; otherwise a search for more may find it.</param>
public sealed record NearestContents(IReadOnlyList<NearContent> Contents, bool IsComplete);

/// <summary>A content that lies near a question.</summary>
/// <param name="Content">The content.</param>
/// <param name="Cosine">The cosine of the angle between its nearest vector and the question's.</param>
public sealed record NearContent(ContentVersion Content, double Cosine);

/// <summary>A search for what lies nearest to a question.</summary>
/// <param name="Vector">The question.</param>
/// <param name="ThreadId">In this thread; null for the whole resource.</param>
/// <param name="ResourceId">In this resource; null when a thread is named.</param>
/// <param name="Filter">Role and time range; conditions on metadata are not looked at.</param>
/// <param name="Top">How many at most.</param>
public sealed record NearestQuery(QueryVector Vector, string? ThreadId, string? ResourceId, MessageFilter? Filter, int Top);
