using System.ComponentModel.DataAnnotations;

namespace Memory.Storage.LibSql;

/// <summary>A LibSQL database: a file, or on a server (configuration: <c>Memory:LibSql</c>).</summary>
public sealed class LibSqlOptions
{
    /// <summary>The name of the options, and the key of the database, of vectors whose messages are elsewhere.</summary>
    public const string Vectors = "vectors";

    /// <summary>
    /// <c>file:</c> and a path, absolute or below the working directory, or <c>:memory:</c>, which ends with the process. Missing folders are made. Or a server, Turso's or sqld:
    /// <c>libsql://HOST</c>, <c>https://HOST</c>, or <c>http://HOST:PORT</c> on this machine. <c>LIBSQL_URL</c> when not set.
    /// </summary>
    [Required]
    public string Url { get; set; } = "file:./.memory/memory.db";

    /// <summary>A server's token, which may write. <c>LIBSQL_AUTH_TOKEN</c> when empty; without either none is sent.</summary>
    [RegularExpression("^[!-~]*$", ErrorMessage = "Memory:LibSql:AuthToken (or LIBSQL_AUTH_TOKEN) must not have spaces or line breaks.")]
    public string AuthToken { get; set; } = "";

    /// <summary>The database of vectors that are kept apart from their messages, in the same forms; empty for <see cref="Url"/>'s.</summary>
    public string VectorUrl { get; set; } = "";

    /// <summary>The token of <see cref="VectorUrl"/>'s server; empty for <see cref="AuthToken"/>.</summary>
    [RegularExpression("^[!-~]*$", ErrorMessage = "Memory:LibSql:VectorAuthToken must not have spaces or line breaks.")]
    public string VectorAuthToken { get; set; } = "";

    /// <summary>The limit of one request to a server, in seconds.</summary>
    [Range(1, 600)]
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>How often a request is sent to a server again after a lost connection, a timeout, 429, 5xx or a busy database; every write has its effect once.</summary>
    [Range(0, 20)]
    public int Retries { get; set; } = 5;

    /// <summary>In a file, what survives: <c>Normal</c> keeps every answered write when the process is killed, <c>Full</c> when the power fails too, at an fsync per commit.</summary>
    [EnumDataType(typeof(Durability))]
    public Durability Synchronous { get; set; } = Durability.Normal;

    /// <summary>
    /// Of a file, the size of its pages in bytes: 2048, which suits vectors of 1,536 numbers and is a new file's when this is not set, or 4096, the only one that libSQL's servers know.
    /// A file of another size is rebuilt when it is opened; without this any is left as it is.
    /// </summary>
    [AllowedValues(null, 2048, 4096, ErrorMessage = "Memory:LibSql:PageSize must be 2048 or 4096.")]
    public int? PageSize { get; set; }

    /// <summary>
    /// For a file, the most memory for search indexes, in MiB; 0 for a quarter of what this process may use. The resource searched longest ago is dropped first and built again when it is asked for;
    /// a resource too large for all of it is searched from the file each time, with the same result.
    /// </summary>
    [Range(0, 1_000_000)]
    public int IndexCacheMegabytes { get; set; }

    /// <summary>In a file, how long a write waits for another process's write, in seconds.</summary>
    [Range(0, 600)]
    public int BusyTimeoutSeconds { get; set; } = 5;
}

/// <summary>SQLite's <c>synchronous</c> setting.</summary>
public enum Durability
{
    /// <summary>Survives a killed process.</summary>
    Normal,

    /// <summary>Survives a power failure.</summary>
    Full,
}
