using System.Collections.Concurrent;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>An open file: one writer that commits in groups, and readers beside it. Other processes may have the same file open.</summary>
internal sealed class FileDatabase : LibSqlDatabase
{
    // Readers beyond these are closed after use.
    private const int IdleReaders = 16;

    private readonly LibSqlOptions options;
    private readonly Checkpoints? checkpoints;
    private readonly SqliteSession writer;
    private readonly GroupCommit commits;
    private readonly ConcurrentBag<SqliteSession> readers = [];
    private readonly bool isShared;

    private FileDatabase(LibSqlUrl url, LibSqlOptions options, TimeProvider clock)
    {
        this.options = options;
        Path = url.Path;
        isShared = Path is not null;
        Indexes = new ResourceIndexCache(options.IndexCacheMegabytes > 0
            ? options.IndexCacheMegabytes * 1024L * 1024L
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);
        if (Path is not null)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!); // an absolute path below a root has a folder
        }

        writer = Connect();
        try
        {
            Prepare(clock.GetUtcNow());
        }
        catch
        {
            writer.Dispose();
            throw;
        }

        checkpoints = isShared ? new Checkpoints(writer, Connect) : null;
        commits = new GroupCommit(writer, checkpoints);
    }

    /// <summary>The file's absolute path; null for a database in memory.</summary>
    public string? Path { get; }

    /// <inheritdoc/>
    public override string Description => Path ?? ":memory:";

    /// <inheritdoc/>
    internal override bool KeepsWords => false;

    /// <summary>The search indexes over it, for as long as it is open.</summary>
    internal ResourceIndexCache Indexes { get; }

    /// <summary>Opens a file, making it and its folder if need be, and brings its schema up to date.</summary>
    /// <exception cref="MemoryStoreException">It cannot be opened, with the reason: not a database, no permission, a newer schema.</exception>
    public static FileDatabase Open(LibSqlUrl url, LibSqlOptions options, TimeProvider clock)
    {
        const string operation = "open the database";
        try
        {
            return new FileDatabase(url, options, clock);
        }
        catch (SqliteException exception)
        {
            throw Faults.Translate(exception, operation);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MemoryStoreException(Faults.Store, operation, false, $"its folder cannot be made: {exception.Message}", exception);
        }
    }

    /// <summary>The version of the schema of a file that is there, which stays as it is.</summary>
    /// <exception cref="MemoryStoreException">It cannot be opened, with the reason.</exception>
    public static int VersionOf(string path, int busyTimeoutSeconds)
    {
        try
        {
            using var session = new SqliteSession(path, busyTimeoutSeconds, mayCreate: false);
            return Schema.Version(session);
        }
        catch (SqliteException exception)
        {
            throw Faults.Translate(exception, "open the database");
        }
    }

    /// <summary>Waits for the writes that were taken, then closes the file.</summary>
    public override async ValueTask DisposeAsync()
    {
        await commits.DrainAsync();
        await (checkpoints?.DrainAsync() ?? Task.CompletedTask);
        while (readers.TryTake(out var reader))
        {
            reader.Dispose();
        }

        writer.Dispose();
    }

    /// <inheritdoc/>
    internal override async Task<T> RunAsync<T>(Batch batch, Func<BatchResult, T> read, CancellationToken cancellationToken)
    {
        try
        {
            return read(batch.IsWrite
                ? await WriteAsync(batch.Operation, session => Write(session, batch), cancellationToken)
                : await ReadAsync(batch.Operation, session => session.Run(batch), cancellationToken));
        }
        catch (StoppedException stopped)
        {
            return read(stopped.Result);
        }
    }

    /// <inheritdoc/>
    internal override Task<AppendResult> AppendAsync(AppendBatch batch, CancellationToken cancellationToken) =>
        WriteAsync("append messages", session => AppendTransaction.Run(session, batch), cancellationToken);

    /// <inheritdoc/>
    internal override Task<int> PutVectorsAsync(EmbeddingSpace space, IReadOnlyList<MessageVectors> messages, DateTimeOffset now, CancellationToken cancellationToken) =>
        WriteAsync("store vectors", session => PutVectorsTransaction.Run(session, space, messages, now), cancellationToken);

    /// <inheritdoc/>
    internal override ISearchIndex OpenSearch() => new FileSearch(this);

    /// <inheritdoc/>
    internal override void DropIndex(long resourceKey) => Indexes.Drop(resourceKey);

    internal Task<T> WriteAsync<T>(string operation, Func<SqliteSession, T> work, CancellationToken cancellationToken) =>
        FileTransaction.IsWatched ? FileTransaction.WriteAsync(commits, operation, work, cancellationToken) : commits.WriteAsync(operation, work, cancellationToken);

    /// <summary>Runs reads, all on one state of the database. They are local and short, so that they run on the caller's thread.</summary>
    internal Task<T> ReadAsync<T>(string operation, Func<SqliteSession, T> work, CancellationToken cancellationToken) =>
        FileTransaction.IsWatched ? FileTransaction.ReadAsync(this, operation, work, cancellationToken) : ReadHereAsync(operation, work, cancellationToken);

    /// <summary>The same, whoever watches.</summary>
    internal Task<T> ReadHereAsync<T>(string operation, Func<SqliteSession, T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return Task.FromResult(isShared ? ReadBesideWriter(work) : ReadOnWriter(work));
        }
        catch (SqliteException exception)
        {
            return Task.FromException<T>(Faults.Translate(exception, operation));
        }
    }

    // What has changed something before it was stopped is undone as any write that fails.
    private static BatchResult Write(SqliteSession session, Batch batch)
    {
        var before = session.TotalChanges;
        var result = session.Run(batch);
        return result.Stopped is null || session.TotalChanges == before ? result : throw new StoppedException(result);
    }

    private SqliteSession Connect() => new(Path ?? ":memory:", options.BusyTimeoutSeconds);

    private T ReadBesideWriter<T>(Func<SqliteSession, T> work)
    {
        if (!readers.TryTake(out var reader))
        {
            reader = Connect();
        }

        try
        {
            reader.Execute("begin");
            var result = work(reader);
            reader.Execute("commit");
            if (readers.Count < IdleReaders)
            {
                readers.Add(reader);
                reader = null;
            }

            return result;
        }
        finally
        {
            reader?.Dispose(); // one too many, or one that failed with its transaction open
        }
    }

    // A database in memory belongs to its connection.
    private T ReadOnWriter<T>(Func<SqliteSession, T> work)
    {
        lock (writer)
        {
            return work(writer);
        }
    }

    private void Prepare(DateTimeOffset now)
    {
        // For a new file. Every page that an append touches is written whole, and a vector of 1,536 numbers fills pages of 2 KiB better (docs/decisions/0006).
        writer.Execute($"pragma page_size = {options.PageSize ?? 2048}");
        if (options.PageSize is { } size && writer.Number("pragma page_size") != size)
        {
            writer.Execute("pragma journal_mode = delete"); // a file with a log cannot be rebuilt with other pages
            writer.Execute($"pragma page_size = {size}");
            writer.Execute("vacuum");
        }

        KeepLog();
        writer.Execute(options.Synchronous == Durability.Full ? "pragma synchronous = full" : "pragma synchronous = normal");

        writer.Execute($"pragma wal_autocheckpoint = {Checkpoints.Limit}");
        writer.Execute("pragma journal_size_limit = 67108864");

        // Erased text should not linger in pages that are written anyway.
        writer.Execute("pragma secure_delete = fast");
        Schema.Migrate(writer, now);
        ForgetWords();
    }

    // SQLite does not wait here for another process that makes the file at the same moment, as it does everywhere else.
    private void KeepLog()
    {
        const string keep = "pragma journal_mode = wal";
        if (!SpinWait.SpinUntil(TryKeep, TimeSpan.FromSeconds(options.BusyTimeoutSeconds)))
        {
            writer.Execute(keep); // says what is in the way
        }

        bool TryKeep()
        {
            try
            {
                writer.Execute(keep);
                return true;
            }
            catch (SqliteException exception) when (exception.Code == 5)
            {
                return false;
            }
        }
    }

    // A server had kept them. They would not follow what is written here, and it makes them anew.
    private void ForgetWords()
    {
        if (writer.Number("select count(*) from word_index") > 0)
        {
            writer.Execute("begin immediate");
            writer.Execute("delete from words");
            writer.Execute("delete from word_index");
            writer.Execute("commit");
        }
    }

    private sealed class StoppedException(BatchResult result) : Exception
    {
        public BatchResult Result { get; } = result;
    }
}
