using System.Text.Json.Nodes;
using Memory.Storage.Postgres;
using Npgsql;

namespace Memory.Benchmarks.Load;

/// <summary>A schema of its own.</summary>
/// <param name="source">The database.</param>
/// <param name="connectionString">The same.</param>
/// <param name="schema">The schema's name, which needs no quotes.</param>
internal sealed class PostgresPlace(NpgsqlDataSource source, string connectionString, string schema) : IPlace
{
    private const string FindTables =
        "select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind = 'r' order by 1";

    private const string Size =
        "select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind = 'r'";

    /// <inheritdoc/>
    public JsonObject ForPeer => new() { ["connectionString"] = Url, ["schema"] = schema };

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ForServer => new Dictionary<string, string>
    {
        ["Memory__Storage__Backend"] = "postgres",
        ["Memory__Postgres__Url"] = connectionString,
        ["Memory__Postgres__Schema"] = schema,
    };

    // As node-postgres reads it.
    private string Url
    {
        get
        {
            var address = new NpgsqlConnectionStringBuilder(connectionString);
            var user = Uri.EscapeDataString(address.Username ?? Environment.UserName) + (address.Password is null ? "" : $":{Uri.EscapeDataString(address.Password)}");
            var mode = address.SslMode is SslMode.Require or SslMode.VerifyCA or SslMode.VerifyFull ? "?sslmode=require" : "";
            return $"postgres://{user}@{address.Host}:{address.Port}/{Uri.EscapeDataString(address.Database ?? address.Username ?? "")}{mode}";
        }
    }

    /// <inheritdoc/>
    public OpenStore Open(bool withVectors)
    {
        var database = PostgresDatabase.Open(new PostgresOptions { Url = connectionString, Schema = schema });
        return new OpenStore(new PostgresMessageStore(database), new PostgresSearchIndex(database), new PostgresEmbeddingStore(database), new PostgresArchive(database), database, new VectorIndexes(database));
    }

    /// <inheritdoc/>
    public IPlace? Copy() => null;

    /// <summary>Vacuums and analyzes every table, as the server would sooner or later do itself; during a measurement it would be noise.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        List<string> tables = [];
        await using (var find = source.CreateCommand(FindTables))
        {
            find.Parameters.Add(new NpgsqlParameter { Value = schema });
            await using var reader = await find.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                tables.Add(reader.GetString(0));
            }
        }

        foreach (var table in tables)
        {
            await RunAsync($"vacuum (analyze) {table}", cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<long> BytesAsync(CancellationToken cancellationToken)
    {
        await SettleAsync(cancellationToken);
        await using var size = source.CreateCommand(Size);
        size.Parameters.Add(new NpgsqlParameter { Value = schema });
        return (long)(await size.ExecuteScalarAsync(cancellationToken))!; // an aggregate always has a row
    }

    /// <summary>Makes the schema, with a table in it.</summary>
    /// <param name="table">Name and columns.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task CreateAsync(string table, CancellationToken cancellationToken) => RunAsync($"create schema {schema}; create table {schema}.{table}", cancellationToken);

    /// <summary>A connection on which the schema need not be named.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"set search_path = {schema}, public", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await RunAsync($"drop schema if exists {schema} cascade", CancellationToken.None); // nothing is left behind by a run that was cancelled

    private async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 0; // no call of a user's
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
