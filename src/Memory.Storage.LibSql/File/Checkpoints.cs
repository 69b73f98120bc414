namespace Memory.Storage.LibSql;

/// <summary>
/// Moves the write-ahead log into the file on another thread, so that appends don't wait for it: most of it beside the writer, then, with the writer held for
/// a moment, the little that came meanwhile. Only a log moved whole is written from its beginning again.
/// </summary>
internal sealed class Checkpoints(SqliteSession writer, Func<SqliteSession> open)
{
    /// <summary>How many pages of 2 KiB the log may hold before it is moved: 16 MiB, so that its two fsyncs don't show in the rate of small appends.</summary>
    private const int Interval = 8_000;

    /// <summary>At this size SQLite moves the log within the commit, should this class not keep up.</summary>
    public const int Limit = 4 * Interval;

    private const string Move = "pragma wal_checkpoint(passive)";

    private int pages;
    private Task running = Task.CompletedTask;

    /// <summary>Called after a commit by the thread that holds the writer.</summary>
    public void AfterCommit()
    {
        pages += writer.TakePagesWritten();
        if (pages >= Interval && running.IsCompleted)
        {
            pages = 0;
            running = Task.Run(Run);
        }
    }

    /// <summary>Waits for the one that is running.</summary>
    public Task DrainAsync()
    {
        lock (writer)
        {
            return running;
        }
    }

    private void Run()
    {
        try
        {
            using var session = open();
            session.Execute(Move);
            lock (writer)
            {
                session.Execute(Move);
            }
        }
        catch (SqliteException)
        {
            // Another process has the file, or the disk is full: the log keeps everything, and the next commit past its limit tries again.
        }
    }
}
