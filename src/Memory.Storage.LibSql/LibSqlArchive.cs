using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Whole threads in a LibSQL database; on a server every call is one request. The database is the caller's to close.</summary>
public sealed class LibSqlArchive(LibSqlDatabase database) : IArchive
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredThread>> FindThreadsAsync(IReadOnlyList<string> threadIds, CancellationToken cancellationToken = default) =>
        ArchiveReads.FindThreadsAsync(database, threadIds, cancellationToken);

    /// <inheritdoc/>
    public Task<ArchivePage?> ReadAsync(ArchiveRead read, CancellationToken cancellationToken = default) => ArchiveReads.ReadAsync(database, read, cancellationToken);

    /// <inheritdoc/>
    public Task PutResourceAsync(ResourceRecord resource, CancellationToken cancellationToken = default) => ArchiveWrites.PutResourceAsync(database, resource, cancellationToken);

    /// <inheritdoc/>
    public Task<ArchiveOutcome> WriteAsync(ArchivePiece piece, CancellationToken cancellationToken = default) => ArchiveWrites.WriteAsync(database, piece, cancellationToken);
}
