using System.Net.Sockets;
using Memory.Core;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Memory.Mastra;

/// <summary>Says what the drivers' errors mean to somebody who moves a database.</summary>
internal static class Faults
{
    private const string Store = "mastra";

    public static MemoryStoreException Of(string operation, string reason) => new(Store, operation, isTransient: false, reason);

    /// <summary>Does a piece of work on a driver.</summary>
    /// <exception cref="MemoryStoreException">The driver failed.</exception>
    public static async Task<T> TranslateAsync<T>(string operation, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (SqliteException fault)
        {
            throw Translate(fault, operation);
        }
        catch (NpgsqlException fault)
        {
            throw Translate(fault, operation);
        }
    }

    // https://sqlite.org/rescode.html
    private static MemoryStoreException Translate(SqliteException fault, string operation)
    {
        var (isTransient, reason) = fault.SqliteErrorCode switch
        {
            5 or 6 => (true, "the file is locked by another process"),
            8 or 14 => (false, "the file cannot be opened: it, or its folder, in which SQLite keeps the list of readers, may not be accessed"),
            10 => (false, "the disk reported an error"),
            11 => (false, "the file is damaged"),
            26 => (false, "the file is no SQLite database"),
            var code => (false, $"SQLite answered with error {code}"),
        };
        return new MemoryStoreException(Store, operation, isTransient, reason, fault);
    }

    // https://www.postgresql.org/docs/current/errcodes-appendix.html; the driver's own text may hold an address or data.
    private static MemoryStoreException Translate(NpgsqlException fault, string operation)
    {
        var (isTransient, reason) = fault switch
        {
            PostgresException { SqlState: "28P01" or "28000" } => (false, "the server refused the user name or password"),
            PostgresException { SqlState: "3D000" } => (false, "the server has no database of that name"),
            PostgresException { SqlState: "42501" } => (false, "the role may not read Mastra's tables"),
            PostgresException { SqlState: "53300" } => (true, "the server has no connection left"),
            PostgresException error => (error.IsTransient, $"the server answered with error {error.SqlState}"),
            { InnerException: TimeoutException } => (true, "the server did not answer in time"),
            { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } } => (false, "the server's name cannot be resolved"),
            { InnerException: IOException or SocketException } => (true, "the server cannot be reached, or closed the connection"),
            _ => (false, "the connection could not be made; look at the URL's options, such as sslmode"),
        };
        return new MemoryStoreException(Store, operation, isTransient, reason, fault);
    }
}
