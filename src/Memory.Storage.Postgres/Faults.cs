using System.Net.Sockets;
using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>Says what PostgreSQL's error codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) mean to somebody who runs the service.</summary>
internal static class Faults
{
    /// <summary>The backend's name, as in configuration.</summary>
    public const string Store = "postgres";

    /// <summary>Raised by our own functions to undo what they wrote: the thread is another resource's, or the id is taken.</summary>
    public const string NoThread = "MM404", Taken = "MM409";

    // The server rolled back, or had not begun: doing it again does it once. Serialization failure, deadlock, a reference to a row just removed, a prepared statement or
    // plan that went with its connection or table; the server is shutting down, has crashed, or is starting.
    private static readonly HashSet<string> NothingDone = ["40001", "40P01", "23503", "26000", "0A000", "57P01", "57P02", "57P03", "55P03"];

    /// <summary>Whether to send a statement again.</summary>
    /// <param name="fault">The driver's exception.</param>
    /// <param name="isRepeatable">Whether doing it twice does no harm.</param>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    public static bool IsWorthRepeating(Exception fault, bool isRepeatable, int attempt) => fault switch
    {
        PostgresException { SqlState: "0A000" } error => error.MessageText.Contains("cached plan", StringComparison.Ordinal),
        PostgresException error => NothingDone.Contains(error.SqlState),

        // The connection broke, or could not be made: the pool may have held one that the server had closed long ago. Once is enough to tell.
        NpgsqlException { InnerException: IOException or SocketException } => isRepeatable && attempt == 1,
        _ => false,
    };

    /// <summary>The fault behind a driver's exception, without its text: that may hold data or an address.</summary>
    /// <param name="fault">The driver's.</param>
    /// <param name="operation">What was being done, as a verb phrase.</param>
    public static MemoryStoreException Translate(Exception fault, string operation)
    {
        var (isTransient, reason) = fault switch
        {
            PostgresException error => Explain(error),
            NpgsqlException { InnerException: TimeoutException } or TimeoutException => (true, "the server did not answer in time"),
            NpgsqlException { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } } => (false, "the server's name cannot be resolved; see Memory:Postgres:Url"),
            NpgsqlException { InnerException: IOException or SocketException } => (true, "the server cannot be reached, or closed the connection"),
            NpgsqlException error when error.Message.Contains("pool has been exhausted", StringComparison.Ordinal) =>
                (true, "all connections of the pool are busy; raise Memory:Postgres:Pool:Max if this lasts"),
            _ => (false, "the driver could not do it; the log says more"),
        };
        return new MemoryStoreException(Store, operation, isTransient, reason, fault);
    }

    private static (bool IsTransient, string Reason) Explain(PostgresException error) => error.SqlState switch
    {
        "53300" => (true, "the server has no connection left (max_connections, or the role's limit)"),
        "53100" => (false, "the server's disk is full"),
        "53200" => (true, "the server is out of memory"),
        "25006" => (true, "the database is read-only, as a standby is during a failover"),
        "40001" or "40P01" => (true, "too many writers at once stood in each other's way"),
        "55P03" => (true, "a lock could not be had in time"),
        "57014" => (true, "the server gave the statement up: it took longer than allowed"),
        "57P01" or "57P02" or "57P03" => (true, "the server is shutting down or starting"),
        "54000" => (false, error.MessageText),
        "28P01" or "28000" => (false, "the server refused the user name or password"),
        "3D000" => (false, "the server has no database of that name"),
        "26000" or "42P05" => (false, "prepared statements do not find their session; there is a pooler between, so set Memory:Postgres:TransactionPooler"),
        "42501" => (false, "the role lacks a privilege; README lists the GRANT statements it needs"),
        "42P01" or "42883" or "3F000" => (false, "tables or functions are missing; let Memory:Postgres:CreateSchema make them, or apply docs/postgres-schema.sql"),
        _ when error.IsTransient => (true, $"the server answered with error {error.SqlState}"),
        _ => (false, $"the server answered with error {error.SqlState}"),
    };
}
