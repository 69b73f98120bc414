using Azure.Core;
using Azure.Identity;
using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>
/// A PostgreSQL database: one pool of connections, the schema's first use, and calls that are each one round trip. A connection is taken for one call and given back with
/// its answer, so that none is held while something else is waited for.
/// </summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    // Azure Database for PostgreSQL's; tokens last for an hour or more.
    private const string EntraScope = "https://ossrdbms-aad.database.windows.net/.default";
    private static readonly TimeSpan EntraRefresh = TimeSpan.FromMinutes(45), EntraRetry = TimeSpan.FromSeconds(5);

    // A conflict of two transactions is over when one of them is: the waits need not be long.
    private const int Attempts = 5;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    private readonly NpgsqlDataSource source;
    private readonly PostgresOptions options;
    private readonly SemaphoreSlim preparing = new(1);
    private bool isPrepared;

    private PostgresDatabase(PostgresOptions options, NpgsqlDataSource source)
    {
        (this.options, this.source) = (options, source);
        Names = new PostgresNames(options);
        Schema = new PostgresSchema(options, Names);
        Description = $"{Describe(options.Url)}, schema {options.Schema}";
    }

    /// <summary>Host, database and schema, for the start-up log.</summary>
    public string Description { get; }

    internal PostgresNames Names { get; }

    internal PostgresSchema Schema { get; }

    internal VectorType VectorType => options.VectorType;

    internal int IndexFrom => options.IndexFrom;

    /// <summary>Makes the pool; nothing is connected before the first call.</summary>
    /// <param name="options">Where, and how.</param>
    /// <param name="credential">Gives Entra tokens; the environment's identity when null.</param>
    /// <exception cref="FormatException">The address is not understood.</exception>
    /// <exception cref="ArgumentException">A name is no identifier.</exception>
    public static PostgresDatabase Open(PostgresOptions options, TokenCredential? credential = null) => new(options, Source(options, credential));

    /// <summary>The statements that make the schema, for an administrator to read or to apply by hand.</summary>
    public static string SchemaScript(PostgresOptions options) => new PostgresSchema(options, new PostgresNames(options)).Script();

    /// <summary>Host, port and database of an address, without a secret.</summary>
    /// <exception cref="FormatException">The address is not understood; the message says what to write, and repeats nothing of it.</exception>
    public static string Describe(string url)
    {
        var address = PostgresUrl.Parse(url);
        return $"{address.Host}:{address.Port}/{address.Database}";
    }

    /// <summary>Whether two addresses are of one database, reached in the same way; what cannot be read is refused at the start.</summary>
    public static bool IsSame(string url, string other)
    {
        try
        {
            // What is not written has its default, which may be written in the other.
            var (one, two) = (PostgresUrl.Parse(url), PostgresUrl.Parse(other));
            return one.Keys.Cast<string>().Union(two.Keys.Cast<string>()).All(key => Equals(one[key], two[key]));
        }
        catch (FormatException)
        {
            return url == other;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        preparing.Dispose();
    }

    /// <summary>Whether vectors of a space may be stored here.</summary>
    internal bool Admits(EmbeddingSpace space) => options.Dimensions == 0 || space.Dimensions == options.Dimensions;

    /// <summary>Refuses vectors that the configuration does not expect.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.DimensionMismatch"/>.</exception>
    internal void Require(EmbeddingSpace? space)
    {
        if (space is not null && !Admits(space))
        {
            throw new RefusedException(ErrorCode.DimensionMismatch,
                $"The configured embedder is {space}, and Memory:Postgres:Dimensions is {options.Dimensions}. Set it to {space.Dimensions}, or to 0 for whatever the embedder gives.");
        }
    }

    /// <summary>Runs one statement, in a transaction of its own, and reads its answer.</summary>
    /// <param name="operation">What is being done, as a verb phrase.</param>
    /// <param name="sql">The statement, with the names of tables in braces.</param>
    /// <param name="parameters">$1, $2 …; made anew for each attempt.</param>
    /// <param name="read">Reads the answer.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <param name="isRepeatable">Whether it may be sent again when the connection broke and nobody knows if it was done.</param>
    /// <exception cref="MemoryStoreException">The database could not do it.</exception>
    internal async Task<T> QueryAsync<T>(
        string operation, string sql, Func<NpgsqlParameter[]> parameters, Func<NpgsqlDataReader, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken, bool isRepeatable = true)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (!Volatile.Read(ref isPrepared))
                {
                    await PrepareAsync(cancellationToken);
                }

                await using var command = source.CreateCommand(Names.Fill(sql));
                command.Parameters.AddRange(parameters());
                PostgresTraffic.Request();
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                var answer = await read(reader, cancellationToken);
                while (await reader.NextResultAsync(cancellationToken))
                {
                    // An error that comes after the last row, at the commit, is raised here.
                }

                return answer;
            }
            catch (Exception fault) when (fault is NpgsqlException or TimeoutException)
            {
                if (attempt == Attempts || !Faults.IsWorthRepeating(fault, isRepeatable, attempt))
                {
                    throw Faults.Translate(fault, operation);
                }
            }

            Retries.OfBackend(PostgresTraffic.System);
            await Task.Delay(LongestWait * (Random.Shared.NextDouble() * attempt / Attempts), cancellationToken);
        }
    }

    /// <summary>Runs one statement and reads all its rows.</summary>
    internal Task<List<T>> ListAsync<T>(
        string operation, string sql, Func<NpgsqlParameter[]> parameters, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken, bool isRepeatable = true) =>
        QueryAsync(
            operation, sql, parameters,
            async (reader, token) =>
            {
                List<T> rows = [];
                while (await reader.ReadAsync(token))
                {
                    rows.Add(row(reader));
                }

                return rows;
            },
            cancellationToken, isRepeatable);

    /// <summary>Runs one statement and reads its first row; null when there is none.</summary>
    internal async Task<T?> FindAsync<T>(
        string operation, string sql, Func<NpgsqlParameter[]> parameters, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken, bool isRepeatable = true)
        where T : class =>
        (await ListAsync(operation, sql, parameters, row, cancellationToken, isRepeatable)).FirstOrDefault();

    /// <summary>Runs one statement that answers one row with one value.</summary>
    internal async Task<T> ValueAsync<T>(string operation, string sql, Func<NpgsqlParameter[]> parameters, CancellationToken cancellationToken, bool isRepeatable = true) =>
        (await ListAsync(operation, sql, parameters, reader => reader.GetFieldValue<T>(0), cancellationToken, isRepeatable))[0];

    /// <summary>Takes a connection for work that is no call of a caller's, such as making an index. The caller gives it back.</summary>
    internal async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken) => await source.OpenConnectionAsync(cancellationToken);

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await preparing.WaitAsync(cancellationToken);
        try
        {
            if (!isPrepared)
            {
                await Schema.EnsureAsync(source, cancellationToken);
                Volatile.Write(ref isPrepared, true);
            }
        }
        finally
        {
            preparing.Release();
        }
    }

    private static NpgsqlDataSource Source(PostgresOptions options, TokenCredential? credential)
    {
        var text = PostgresUrl.Parse(options.Url);
        var pool = options.Pool.InForce();
        text.MaxPoolSize = pool.Max;
        text.MinPoolSize = pool.Min;
        text.ConnectionIdleLifetime = pool.IdleTimeoutSeconds;
        text.ConnectionPruningInterval = Math.Min(text.ConnectionPruningInterval, pool.IdleTimeoutSeconds);
        text.ConnectionLifetime = pool.LifetimeSeconds;
        text.Timeout = options.ConnectTimeoutSeconds;
        text.CommandTimeout = options.CommandTimeoutSeconds;
        text.TcpKeepAlive = true; // a connection that a firewall forgot is noticed before it is used
        text.NoResetOnClose = true; // no call leaves anything behind in its session
        text.MaxAutoPrepare = options.TransactionPooler ? 0 : 64;
        text.AutoPrepareMinUsages = 2;
        text.ApplicationName ??= "memory";
        var builder = new NpgsqlDataSourceBuilder(text.ConnectionString);
        builder.UseVector();
        if (options.EntraAuthentication)
        {
            var tokens = credential ?? new DefaultAzureCredential(new DefaultAzureCredentialOptions
            {
                ManagedIdentityClientId = options.ManagedIdentityClientId is { Length: > 0 } id ? id : null,
            });
            builder.UsePeriodicPasswordProvider(
                async (_, token) => (await tokens.GetTokenAsync(new TokenRequestContext([EntraScope]), token)).Token, EntraRefresh, EntraRetry);
        }

        return builder.Build();
    }
}
