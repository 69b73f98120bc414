using Memory.Core;
using Memory.Storage.LibSql;
using Memory.Storage.Postgres;
using Microsoft.Extensions.Configuration;

namespace Memory.Hosting;

/// <summary>Where vectors are kept, and why; the start-up log says so when it is not where their messages are.</summary>
/// <param name="Backend">As in <see cref="StorageChoice"/>.</param>
/// <param name="IsElsewhere">Whether that is another place than the messages', so that the two have to be composed.</param>
/// <param name="Reason">What decided it.</param>
public sealed record VectorChoice(string Backend, bool IsElsewhere, string Reason)
{
    /// <summary>The setting that decides when it is there.</summary>
    public const string Setting = "Memory:Vectors:Backend";

    private static readonly string[] Backends = [StorageChoice.Upstash, StorageChoice.Postgres, StorageChoice.LibSql];

    /// <summary>Decides: the backend that the setting names, or else the storage's own; of that one the place that its <c>VectorUrl</c> names, or else its <c>Url</c>.</summary>
    /// <exception cref="MemoryStoreException">The setting names no backend that keeps vectors.</exception>
    public static VectorChoice From(IConfiguration configuration, StorageChoice storage)
    {
        var named = configuration[Setting]?.ToLowerInvariant() ?? "";
        if (named.Length > 0 && !Backends.Contains(named))
        {
            throw new MemoryStoreException("vectors", "start", isTransient: false,
                $"'{named}' keeps no vectors; set Memory__Vectors__Backend to one of {string.Join(", ", Backends)}, or not at all to keep them with their messages");
        }

        var backend = named.Length > 0 ? named : storage.Backend;
        if (backend != storage.Backend)
        {
            return new VectorChoice(backend, IsElsewhere: true, $"{Setting} is set");
        }

        if (backend == StorageChoice.Upstash)
        {
            return new VectorChoice(backend, IsElsewhere: true, Find("Memory:Upstash:Vector:Url") is null && Find("UPSTASH_VECTOR_REST_URL") is null
                ? "no Upstash Vector index is configured"
                : "an Upstash Vector index is configured");
        }

        var (setting, isSame) = backend == StorageChoice.Postgres
            ? ("Memory:Postgres:VectorUrl", IsSame(PostgresDatabase.IsSame, "Memory:Postgres", "DATABASE_URL", ""))
            : ("Memory:LibSql:VectorUrl", IsSame(LibSqlDatabase.IsSame, "Memory:LibSql", "LIBSQL_URL", new LibSqlOptions().Url));
        return isSame
            ? new VectorChoice(backend, IsElsewhere: false, "they are kept with their messages")
            : new VectorChoice(backend, IsElsewhere: true, $"{setting} is set");

        bool IsSame(Func<string, string, bool> compare, string section, string shortName, string byDefault) =>
            Find($"{section}:VectorUrl") is not { } vectors || compare(vectors, Find($"{section}:Url") ?? Find(shortName) ?? byDefault);

        string? Find(string name) => configuration[name] is { Length: > 0 } value ? value : null;
    }
}
