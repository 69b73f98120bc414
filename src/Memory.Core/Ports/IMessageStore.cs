namespace Memory.Core;

/// <summary>
/// Where conversations are kept. Every call is atomic and safe under any concurrency, in this process and others; ids may be any text that
/// <see cref="Identifier"/> allows. A fault of the backend is a <see cref="MemoryStoreException"/>, never an empty answer.
/// </summary>
public interface IMessageStore
{
    /// <summary>Appends all messages or none, with the vectors that come with them, and makes them durable and searchable before it returns.</summary>
    /// <exception cref="RefusedException">
    /// <see cref="ErrorCode.ThreadNotFound"/>, <see cref="ErrorCode.MessageConflict"/> with the ids, <see cref="ErrorCode.PositionMismatch"/>;
    /// <see cref="ErrorCode.ResourceErased"/> when the resource was erased at <see cref="AppendBatch.AcceptedAt"/> or later.
    /// </exception>
    Task<AppendResult> AppendAsync(AppendBatch batch, CancellationToken cancellationToken = default);

    /// <summary>Reads the last messages of a thread and any set of position ranges in one call: each message once, by thread id and position.</summary>
    /// <returns>Null when the thread asked for does not exist. A range's thread that is gone, or is not the resource's, gives nothing.</returns>
    Task<IReadOnlyList<Message>?> ReadAsync(MessageRead read, CancellationToken cancellationToken = default);

    /// <summary>Reads a page of a thread; the cursor is the position of the last message of the page before.</summary>
    /// <returns>Null when there is no such thread.</returns>
    Task<MessagePage?> PageAsync(MessageListing listing, CancellationToken cancellationToken = default);

    /// <summary>Finds one message and the number of times it was edited.</summary>
    Task<StoredMessage?> FindMessageAsync(ThreadAddress thread, string messageId, CancellationToken cancellationToken = default);

    /// <summary>Replaces a message's role, name, content and metadata, with its lexical terms and vectors; its time stays, if it is still at the revision that was read.</summary>
    /// <returns>False when it has changed or gone meanwhile.</returns>
    Task<bool> ReplaceMessageAsync(MessageEdit edit, CancellationToken cancellationToken = default);

    /// <summary>Removes a message everywhere. Its position is not reused and its id stays taken, so that a late redelivery cannot bring it back.</summary>
    /// <returns>False when there is no such message.</returns>
    Task<bool> DeleteMessageAsync(ThreadAddress thread, string messageId, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>Creates a thread and, if need be, its resource.</summary>
    /// <returns>False when the id is taken.</returns>
    Task<bool> CreateThreadAsync(ThreadRecord thread, CancellationToken cancellationToken = default);

    /// <summary>Finds a thread.</summary>
    Task<ThreadRecord?> FindThreadAsync(string threadId, CancellationToken cancellationToken = default);

    /// <summary>Lists a resource's threads; empty for an unknown resource.</summary>
    Task<Page<ThreadRecord, ThreadCursor>> ListThreadsAsync(ThreadListing listing, CancellationToken cancellationToken = default);

    /// <summary>Writes title, metadata and time of change, if the thread is still at the version that was read.</summary>
    /// <returns>The thread as written; null when it has changed or gone meanwhile.</returns>
    Task<ThreadRecord?> UpdateThreadAsync(ThreadRecord thread, CancellationToken cancellationToken = default);

    /// <summary>Removes a thread with its messages, terms and working memory.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="condition">Only as it was when it was read; null for however it is.</param>
    /// <param name="cancellationToken">Ends the call before it has begun to write.</param>
    /// <returns>False when there is no such thread, or it has changed.</returns>
    Task<bool> DeleteThreadAsync(ThreadAddress thread, ThreadCondition? condition = null, CancellationToken cancellationToken = default);

    /// <summary>Copies a thread with its title, metadata, working memory and messages, which keep ids, positions and times.</summary>
    /// <returns>The new thread; null when there is no such source.</returns>
    /// <exception cref="RefusedException"><see cref="ErrorCode.AlreadyExists"/>.</exception>
    Task<ThreadRecord?> CloneThreadAsync(ThreadClone clone, CancellationToken cancellationToken = default);

    /// <summary>Lists threads whose time to live is over, in one bounded step.</summary>
    /// <returns>Some of them, or none, and where to go on; no next step at the end.</returns>
    Task<Page<ExpiredThread, string>> ListExpiredAsync(ExpiryQuery query, CancellationToken cancellationToken = default);

    /// <summary>Lists resources by id.</summary>
    Task<Page<ResourceRecord, string>> ListResourcesAsync(ResourceListing listing, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes everything of a resource in bounded steps, until a look for leftovers finds none: operations too, those included that name no resource and work on one of its threads.
    /// First of all it notes, by a hash of the id alone, that this was done <paramref name="now"/>: work that was accepted by then and arrives later does nothing
    /// (<see cref="AppendBatch.AcceptedAt"/>). What is sent afterwards makes the resource anew. Notes older than <see cref="Erasures.Remembered"/> are removed.
    /// </summary>
    Task<ErasedCounts> EraseResourceAsync(string resourceId, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>Finds a working memory document.</summary>
    Task<WorkingMemoryDocument?> FindWorkingMemoryAsync(WorkingMemoryOwner owner, CancellationToken cancellationToken = default);

    /// <summary>Writes a working memory document if the stored version is the one given; a resource is created if need be, a thread is not.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="document">What to write; its version must be new.</param>
    /// <param name="version">The version that must be stored: 0 for none, null for any or none.</param>
    /// <param name="cancellationToken">Ends the call before it has begun to write.</param>
    /// <returns>False when another version is stored.</returns>
    /// <exception cref="RefusedException"><see cref="ErrorCode.ThreadNotFound"/>.</exception>
    Task<bool> PutWorkingMemoryAsync(WorkingMemoryOwner owner, WorkingMemoryDocument document, long? version, CancellationToken cancellationToken = default);

    /// <summary>Removes a working memory document.</summary>
    /// <returns>False when there is none, or another version than the one given.</returns>
    Task<bool> DeleteWorkingMemoryAsync(WorkingMemoryOwner owner, long? version, CancellationToken cancellationToken = default);

    /// <summary>Answers when the backend can be reached; throws <see cref="MemoryStoreException"/> when not.</summary>
    Task CheckAsync(CancellationToken cancellationToken = default);
}
