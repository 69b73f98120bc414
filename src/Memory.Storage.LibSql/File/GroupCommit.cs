
namespace Memory.Storage.LibSql;

/// <summary>
/// The one writer. SQLite takes one write transaction at a time, so writes that arrive while one is being committed wait and then share the
/// next commit. Should one fail in the middle, all are rolled back and carried out again, each with a savepoint of its own, so that it fails alone. A write that finds nobody before it runs at once on its caller's thread.
/// </summary>
internal sealed class GroupCommit(SqliteSession session, Checkpoints? checkpoints)
{
    private const int MaxGroup = 256;
    private readonly Queue<Write> waiting = [];
    private TaskCompletionSource? drained;
    private bool committing;

    /// <summary>Runs work in a transaction. Once it is queued it is carried out, whatever becomes of its caller.</summary>
    public Task<T> WriteAsync<T>(string operation, Func<SqliteSession, T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var write = new Write<T>(operation, work);
        lock (waiting)
        {
            ObjectDisposedException.ThrowIf(drained is not null, this);
            waiting.Enqueue(write);
            if (committing)
            {
                return write.Task;
            }

            committing = true;
        }

        if (CommitGroup())
        {
            // The rest not on this thread: its own caller has its answer and should go on.
            ThreadPool.UnsafeQueueUserWorkItem(static self => self.CommitWaiting(), this, preferLocal: false);
        }

        return write.Task;
    }

    /// <summary>Takes no more writes and waits for those that were taken.</summary>
    public Task DrainAsync()
    {
        lock (waiting)
        {
            drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!committing)
            {
                drained.TrySetResult();
            }

            return drained.Task;
        }
    }

    private void CommitWaiting()
    {
        while (CommitGroup())
        {
        }
    }

    /// <summary>Commits the writes that are waiting.</summary>
    /// <returns>Whether others came meanwhile; when not, the next write to come commits itself.</returns>
    private bool CommitGroup()
    {
        List<Write> group = [];
        lock (waiting)
        {
            while (group.Count < MaxGroup && waiting.TryDequeue(out var write))
            {
                group.Add(write);
            }
        }

        lock (session)
        {
            Commit(group);
            checkpoints?.AfterCommit();
        }

        group.ForEach(write => write.Answer());
        lock (waiting)
        {
            if (waiting.Count > 0)
            {
                return true;
            }

            committing = false;
            drained?.TrySetResult();
            return false;
        }
    }

    private void Commit(List<Write> group)
    {
        try
        {
            session.Execute("begin immediate");
            if (!RunTogether(group))
            {
                session.Execute("rollback");
                session.Execute("begin immediate");
                group.ForEach(RunApart);
            }

            if (group.TrueForAll(write => write.Failed))
            {
                session.Execute("rollback");
            }
            else
            {
                session.Execute("commit");
            }
        }
        catch (SqliteException exception)
        {
            // Nothing of the group is in the file, whichever statement it was.
            group.ForEach(write => write.Fail(Faults.Translate(exception, write.Operation)));
            if (session.InTransaction)
            {
                session.Execute("rollback");
            }
        }
    }

    /// <returns>False when one of several failed and has left changes behind; a refusal mostly comes before any.</returns>
    private bool RunTogether(List<Write> group)
    {
        foreach (var write in group)
        {
            var before = session.TotalChanges;
            write.Run(session);
            if (write.Failed && group.Count > 1 && session.TotalChanges != before)
            {
                return false;
            }
        }

        return true;
    }

    private void RunApart(Write write)
    {
        session.Execute("savepoint one");
        write.Run(session);
        if (write.Failed)
        {
            session.Execute("rollback to one");
        }

        session.Execute("release one");
    }

    private abstract class Write(string operation)
    {
        public string Operation { get; } = operation;

        public abstract bool Failed { get; }

        public abstract void Run(SqliteSession session);

        public abstract void Fail(Exception exception);

        public abstract void Answer();
    }

    private sealed class Write<T>(string operation, Func<SqliteSession, T> work) : Write(operation)
    {
        private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Exception? failure;
        private T? result;

        public Task<T> Task => answer.Task;

        public override bool Failed => failure is not null;

        public override void Run(SqliteSession session)
        {
            try
            {
                failure = null;
                result = work(session);
            }
            catch (SqliteException exception)
            {
                failure = Faults.Translate(exception, Operation);
                if (!session.InTransaction)
                {
                    throw; // SQLite has rolled the whole group back
                }
            }
#pragma warning disable CA1031 // Whatever it is belongs to this write's caller, and must not take the rest of the group with it.
            catch (Exception exception)
            {
                failure = exception;
            }
#pragma warning restore CA1031
        }

        public override void Fail(Exception exception) => failure ??= exception;

        public override void Answer()
        {
            if (failure is null)
            {
                answer.SetResult(result!); // set by Run, which has run when nothing failed
            }
            else
            {
                answer.SetException(failure);
            }
        }
    }
}
