using Memory.Core;
using Microsoft.Extensions.Configuration;

namespace Memory.Hosting;

/// <summary>Which backend was chosen, and why; the start-up log says so.</summary>
/// <param name="Backend"><c>upstash</c>, <c>postgres</c> or <c>libsql</c>.</param>
/// <param name="Reason">What decided it.</param>
public sealed record StorageChoice(string Backend, string Reason)
{
    /// <summary>The setting that decides when it is there.</summary>
    public const string Setting = "Memory:Storage:Backend";

    /// <summary>LibSQL's name in configuration: a file, or a database on a server.</summary>
    public const string LibSql = "libsql";

    /// <summary>PostgreSQL's name in configuration.</summary>
    public const string Postgres = "postgres";

    /// <summary>Upstash's name in configuration.</summary>
    public const string Upstash = "upstash";

    private static readonly string[] Backends = [Upstash, Postgres, LibSql];

    /// <summary>Decides: the setting; or in development the file; or the first of <c>DATABASE_URL</c>, <c>UPSTASH_REDIS_REST_URL</c> and <c>LIBSQL_URL</c>; or the file.</summary>
    /// <exception cref="MemoryStoreException">
    /// What is asked for is not there, or nothing is asked for on Azure, where an app's disk does not last.
    /// </exception>
    public static StorageChoice From(IConfiguration configuration, bool isDevelopment)
    {
        if (configuration[Setting] is { Length: > 0 } named)
        {
            return Require(named.ToLowerInvariant(), $"{Setting} is set");
        }

        if (isDevelopment)
        {
            return new StorageChoice(LibSql, "the environment is Development");
        }

        if (IsSet("DATABASE_URL"))
        {
            return Require(Postgres, "DATABASE_URL is set");
        }

        if (IsSet("UPSTASH_REDIS_REST_URL"))
        {
            return Require(Upstash, "UPSTASH_REDIS_REST_URL is set");
        }

        if (IsSet("Memory:LibSql:Url") || IsSet("LIBSQL_URL"))
        {
            return new StorageChoice(LibSql, IsSet("Memory:LibSql:Url") ? "Memory:LibSql:Url is set" : "LIBSQL_URL is set");
        }

        // WEBSITE_INSTANCE_ID is set on every App Service and Functions instance.
        return IsSet("WEBSITE_INSTANCE_ID")
            ? throw Refuse("no storage is configured, and files on this platform do not last; set UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN, or DATABASE_URL, or LIBSQL_URL and LIBSQL_AUTH_TOKEN")
            : new StorageChoice(LibSql, "nothing else is configured");

        bool IsSet(string name) => !string.IsNullOrEmpty(configuration[name]);
    }

    private static StorageChoice Require(string backend, string reason) => Backends.Contains(backend)
        ? new StorageChoice(backend, reason)
        : throw Refuse($"'{backend}' was chosen because {reason}, and it is no storage; set Memory__Storage__Backend to one of {string.Join(", ", Backends)}");

    private static MemoryStoreException Refuse(string reason) => new("storage", "start", isTransient: false, reason);
}
