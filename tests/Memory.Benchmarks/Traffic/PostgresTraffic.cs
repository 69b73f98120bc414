using System.Globalization;
using Memory.Benchmarks.Load;
using Npgsql;

namespace Memory.Benchmarks.Traffic;

/// <summary>Schemas of a database that is there; they go with this object.</summary>
internal sealed class PostgresTraffic : ITrafficBackend
{
    // A server of ours says that it is one (Application Name); connections of this program have no name.
    private const string CountConnections = "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'memory'";

    private readonly PostgresBackend schemas;
    private readonly NpgsqlDataSource source;

    private PostgresTraffic(PostgresBackend schemas, NpgsqlDataSource source) => (this.schemas, this.source) = (schemas, source);

    /// <inheritdoc/>
    public string Name => "postgres";

    /// <inheritdoc/>
    public string Description => schemas.Description;

    /// <summary>Connects.</summary>
    /// <param name="connectionString">Npgsql's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PostgresTraffic> ConnectAsync(string connectionString, CancellationToken cancellationToken) =>
        new(await PostgresBackend.ConnectAsync(connectionString, cancellationToken), NpgsqlDataSource.Create(connectionString));

    /// <inheritdoc/>
    public async Task<IServerPlace> NewPlaceAsync(CancellationToken cancellationToken) => await schemas.NewPlaceAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<int?> ConnectionsAsync(CancellationToken cancellationToken)
    {
        await using var count = source.CreateCommand(CountConnections);
        return Convert.ToInt32(await count.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await schemas.DisposeAsync();
        await source.DisposeAsync();
    }
}
