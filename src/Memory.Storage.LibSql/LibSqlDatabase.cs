using Flurl.Http;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>
/// A LibSQL database: a file of this process's own, or one on a server. Both have the same tables and carry out the same batches of statements; a file is faster than these at what happens
/// most, and so does that in its own way.
/// </summary>
public abstract class LibSqlDatabase : IAsyncDisposable
{
    private protected LibSqlDatabase() { }

    /// <summary>Where it is, for the start-up log; no secret.</summary>
    public abstract string Description { get; }

    /// <summary>
    /// Whether the words of messages are in a table, for a search on the server; otherwise the index is in memory, and follows a journal of changes.
    /// </summary>
    internal abstract bool KeepsWords { get; }

    /// <summary>Opens a database, and brings its schema up to date: a file at once, one on a server with its first call.</summary>
    /// <param name="options">Name it.</param>
    /// <param name="http">For one on a server, the caller's to dispose.</param>
    /// <param name="clock">The system's when null.</param>
    /// <exception cref="MemoryStoreException">A file cannot be opened, with the reason: not a database, no permission, a newer schema.</exception>
    public static LibSqlDatabase Open(LibSqlOptions options, IFlurlClient? http = null, TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        var url = LibSqlUrl.Parse(options.Url);
        return url.Server is { } server
            ? new RemoteDatabase(http ?? throw new ArgumentNullException(nameof(http), "A database on a server needs a client."), server, options, clock)
            : FileDatabase.Open(url, options, clock);
    }

    /// <summary>Whether two addresses are of one database; what cannot be read is refused when it is opened.</summary>
    public static bool IsSame(string url, string other)
    {
        try
        {
            return LibSqlUrl.Parse(url) == LibSqlUrl.Parse(other);
        }
        catch (MemoryStoreException)
        {
            return url == other;
        }
    }

    /// <summary>The absolute path of the file that an address names; null for a server's database or one in memory.</summary>
    /// <exception cref="MemoryStoreException">The address cannot be read; the message says what to write.</exception>
    public static string? FindFile(string url) => LibSqlUrl.Parse(url).Path;

    /// <summary>Where an address leads, without opening it: the absolute path of a file, <c>:memory:</c>, or the host of a server.</summary>
    /// <exception cref="MemoryStoreException">The address cannot be read; the message says what to write.</exception>
    public static string Describe(string url)
    {
        var place = LibSqlUrl.Parse(url);
        return place.Path ?? place.Server?.Authority ?? ":memory:";
    }

    /// <summary>Whether an address is of a server; one that cannot be read is refused when it is opened.</summary>
    public static bool IsOnServer(string url)
    {
        try
        {
            return LibSqlUrl.Parse(url).Server is not null;
        }
        catch (MemoryStoreException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Has a batch carried out.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="read">Reads its result; what it throws is the caller's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="MemoryStoreException">The database could not be reached, refused, or a statement failed.</exception>
    internal abstract Task<T> RunAsync<T>(Batch batch, Func<BatchResult, T> read, CancellationToken cancellationToken);

    /// <summary>As <see cref="IMessageStore.AppendAsync"/>.</summary>
    internal abstract Task<AppendResult> AppendAsync(AppendBatch batch, CancellationToken cancellationToken);

    /// <summary>As <see cref="IEmbeddingStore.PutAsync"/>.</summary>
    internal abstract Task<int> PutVectorsAsync(EmbeddingSpace space, IReadOnlyList<MessageVectors> messages, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The search over it.</summary>
    internal abstract ISearchIndex OpenSearch();

    /// <summary>Frees the memory that the search of a resource took here, which is erased.</summary>
    internal virtual void DropIndex(long resourceKey) { }
}
