using System.ComponentModel.DataAnnotations;

namespace Memory.Storage.LibSql;

/// <summary>A LibSQL file (configuration: <c>Memory:LibSql</c>).</summary>
public sealed class LibSqlOptions
{
    /// <summary>The name of the options, and the key of the database, of vectors whose messages are elsewhere.</summary>
    public const string Vectors = "vectors";

    /// <summary><c>file:</c> and a path, absolute or below the working directory, or <c>:memory:</c>, which ends with the process. Missing folders are made.</summary>
    [Required]
    public string Url { get; set; } = "file:./.memory/memory.db";

    /// <summary>The file of vectors that are kept apart from their messages, in the same forms; empty for <see cref="Url"/>'s.</summary>
    public string VectorUrl { get; set; } = "";

    /// <summary>What survives: <c>Normal</c> keeps every answered write when the process is killed, <c>Full</c> when the power fails too, at an fsync per commit.</summary>
    [EnumDataType(typeof(Durability))]
    public Durability Synchronous { get; set; } = Durability.Normal;

    /// <summary>
    /// The most memory for search indexes, in MiB; 0 for a quarter of what this process may use. The resource searched longest ago is dropped first and built again when it is asked for;
    /// a resource too large for all of it is searched from the file each time, with the same result.
    /// </summary>
    [Range(0, 1_000_000)]
    public int IndexCacheMegabytes { get; set; }

    /// <summary>How long a write waits for another process's write, in seconds.</summary>
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
