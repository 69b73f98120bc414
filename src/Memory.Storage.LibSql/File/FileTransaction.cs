using System.Diagnostics;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>A transaction on a file as telemetry sees it: a span, and the statements that it ran. Of its caller, whoever's commit it shared.</summary>
internal static class FileTransaction
{
    private const string System = "sqlite";

    /// <summary>Whether anybody wants to see it.</summary>
    public static bool IsWatched => Telemetry.Source.HasListeners() || BackendCalls.IsCounted;

    // Methods of their own, so that nothing is allocated for the lambdas while nobody watches.

    /// <summary>Writes, and notes it.</summary>
    public static Task<T> WriteAsync<T>(GroupCommit commits, string operation, Func<SqliteSession, T> work, CancellationToken cancellationToken) =>
        WatchAsync(operation, counted => commits.WriteAsync(operation, counted, cancellationToken), work);

    /// <summary>Reads, and notes it.</summary>
    public static Task<T> ReadAsync<T>(FileDatabase database, string operation, Func<SqliteSession, T> work, CancellationToken cancellationToken) =>
        WatchAsync(operation, counted => database.ReadHereAsync(operation, counted, cancellationToken), work);

    private static async Task<T> WatchAsync<T>(string operation, Func<Func<SqliteSession, T>, Task<T>> run, Func<SqliteSession, T> work)
    {
        using var span = Telemetry.Source.StartActivity(operation, ActivityKind.Client);
        span?.SetTag("db.system.name", System).SetTag("db.operation.name", operation);
        var statements = 0;
        try
        {
            return await run(session =>
            {
                var before = session.Statements;
                try
                {
                    return work(session);
                }
                finally
                {
                    statements += session.Statements - before;
                }
            });
        }
        catch (MemoryStoreException fault)
        {
            span?.SetTag("error.type", fault.IsTransient ? "transient" : "permanent").SetStatus(ActivityStatusCode.Error);
            throw;
        }
        finally
        {
            BackendCalls.Request(System, statements, CostReceipt.Current);
        }
    }
}
