using System.Globalization;
using Npgsql;

namespace Memory.Benchmarks.Load;

/// <summary>Schemas of a database that is there; they, and pgvector if it was not there before, go with this object.</summary>
internal sealed class PostgresBackend : IBackend
{
    private const string FindVector = "select extversion from pg_extension where extname = 'vector'";

    private const string Describe =
        """
        select format('PostgreSQL %s, pgvector %s, shared_buffers %s, fsync %s, synchronous_commit %s, full_page_writes %s, at the other end of %s',
            current_setting('server_version'), (select extversion from pg_extension where extname = 'vector'), current_setting('shared_buffers'), current_setting('fsync'),
            current_setting('synchronous_commit'), current_setting('full_page_writes'), case when inet_server_addr() is null then 'a socket' else 'TCP' end)
        """;

    // That of whoever prepares a schema in this database, for a command's one transaction: the extension is everybody's.
    private const string Lock = "select pg_advisory_xact_lock(hashtextextended('memory schema', 0))";

    private readonly NpgsqlDataSource source;
    private readonly string connectionString;
    private readonly bool hadVector;
    private int places;

    private PostgresBackend(string connectionString, NpgsqlDataSource source, bool hadVector, string description)
    {
        (this.connectionString, this.source, this.hadVector, Description) = (connectionString, source, hadVector, description);
        Bare = new PostgresInsert(this);
    }

    /// <inheritdoc/>
    public string Name => "PostgreSQL";

    /// <inheritdoc/>
    public IReadOnlyList<Row> Rows => Load.Rows.Postgres;

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IBareInsert? Bare { get; }

    /// <inheritdoc/>
    public int PeerVectorMessages => 2_000;

    /// <inheritdoc/>
    public bool PeerBlocksItself => false;

    private static string Prefix { get; } = string.Create(CultureInfo.InvariantCulture, $"memory_bench_{Environment.ProcessId}_");

    /// <summary>Connects, and makes pgvector if it is missing: the raw driver needs it before anything of ours does.</summary>
    /// <param name="connectionString">Npgsql's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PostgresBackend> ConnectAsync(string connectionString, CancellationToken cancellationToken)
    {
        bool hadVector;
        await using (var first = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }))
        {
            await using var find = first.CreateCommand(FindVector);
            hadVector = await find.ExecuteScalarAsync(cancellationToken) is not null;
            await using var create = first.CreateCommand($"{Lock}; create extension if not exists vector");
            await create.ExecuteNonQueryAsync(cancellationToken);
        }

        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.UseVector();
        var source = builder.Build();
        await using var describe = source.CreateCommand(Describe);
        return new PostgresBackend(connectionString, source, hadVector, (string)(await describe.ExecuteScalarAsync(cancellationToken))!); // format gives a text
    }

    /// <inheritdoc/>
    public int FillCallers => 4;

    /// <inheritdoc/>
    public bool ComparesVectors => true;

    /// <inheritdoc/>
    public Task<IPlace> NewPlaceAsync(CancellationToken cancellationToken) => Task.FromResult<IPlace>(NewSchema());

    /// <summary>A place, as what it is.</summary>
    public PostgresPlace NewSchema() => new(source, connectionString, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{++places}"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        for (; places > 0; places--)
        {
            await new PostgresPlace(source, connectionString, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{places}")).DisposeAsync();
        }

        if (!hadVector)
        {
            try
            {
                await using var drop = source.CreateCommand($"{Lock}; drop extension if exists vector");
                await drop.ExecuteNonQueryAsync();
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.DependentObjectsStillExist)
            {
                // Somebody else uses it by now: another run, for one.
            }
        }

        await source.DisposeAsync();
    }
}
