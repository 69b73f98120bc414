namespace Memory.Benchmarks.Load;

/// <summary>A backend that is to be measured.</summary>
/// <param name="Name">Which.</param>
/// <param name="Place">Where it is: Npgsql's connection string, HOST:PORT of a Redis, or the path of libSQL's server; empty for a file.</param>
internal sealed record BackendChoice(string Name, string Place)
{
    /// <summary>A LibSQL file.</summary>
    public const string LibSql = "libsql";

    /// <summary>A libSQL server.</summary>
    public const string Sqld = "sqld";

    /// <summary>PostgreSQL.</summary>
    public const string Postgres = "postgres";

    /// <summary>Upstash's services.</summary>
    public const string Upstash = "upstash";

    /// <summary>Connects to it.</summary>
    /// <param name="folder">For what it keeps in files.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IBackend> OpenAsync(TemporaryFolder folder, CancellationToken cancellationToken) => Name switch
    {
        Postgres => await PostgresBackend.ConnectAsync(Place, cancellationToken),
        Upstash => new UpstashBackend(Place),
        Sqld => new SqldBackend(Place),
        _ => new LibSqlBackend(folder),
    };
}
