using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Says what SQLite's result codes (https://sqlite.org/rescode.html) mean to somebody who runs the service.</summary>
internal static class Faults
{
    /// <summary>The backend's name, as in configuration.</summary>
    public const string Store = "libsql";

    /// <summary>The fault behind a driver's exception.</summary>
    /// <param name="exception">The driver's.</param>
    /// <param name="operation">What was being done, as a verb phrase.</param>
    public static MemoryStoreException Translate(SqliteException exception, string operation)
    {
        var (isTransient, reason) = exception.Code switch
        {
            5 or 6 => (true, "the database is locked by another process"),
            8 => (false, "the database or its folder is read-only"),
            10 => (false, "the disk reported an error"),
            11 => (false, "the database file is damaged"),
            13 => (false, "the disk is full"),
            14 => (false, "the database file cannot be opened"),
            26 => (false, "the file is not a database"),
            var code => (false, $"SQLite answered with error {code}"),
        };
        return new MemoryStoreException(Store, operation, isTransient, reason, exception);
    }
}
