using Flurl.Http;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>
/// A LibSQL database on a server, Turso's or sqld: the tables of a file, reached over HTTP without a connection to keep. Every call is one request; the first of a process also
/// looks at the schema, and brings it up to date.
/// </summary>
public sealed class RemoteDatabase
{
    private readonly HranaClient client;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private Task? prepared;

    private RemoteDatabase(HranaClient client, Uri address, TimeProvider clock) => (this.client, Description, this.clock) = (client, address.Authority, clock);

    /// <summary>Where it is, for the start-up log; no secret.</summary>
    public string Description { get; }

    /// <summary>Makes a database of what the options name; nothing is sent.</summary>
    /// <param name="http">The caller's to dispose.</param>
    /// <param name="options">Their <see cref="LibSqlOptions.Url"/> names a server.</param>
    /// <param name="clock">For the time of a migration.</param>
    /// <exception cref="MemoryStoreException">The address is no server's.</exception>
    public static RemoteDatabase Over(IFlurlClient http, LibSqlOptions options, TimeProvider? clock = null)
    {
        var address = LibSqlUrl.Parse(options.Url).Server ?? throw new MemoryStoreException(Faults.Store, "open the database", false, "Memory:LibSql:Url names no server");
        return new RemoteDatabase(
            new HranaClient(http, address, options.AuthToken, TimeSpan.FromSeconds(options.TimeoutSeconds), options.Retries), address, clock ?? TimeProvider.System);
    }

    /// <summary>Whether an address is of a server.</summary>
    public static bool IsServer(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "libsql" or "https" or "http";

    /// <summary>Has a batch carried out on the current schema.</summary>
    /// <exception cref="MemoryStoreException">The server could not be reached, refused, or a statement failed.</exception>
    internal async Task<T> RunAsync<T>(Batch batch, Func<BatchResult, T> read, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        return await client.RunAsync(batch, read, cancellationToken);
    }

    // Once for all that wait, whoever of them gives up; again after a failure.
    private Task PrepareAsync(CancellationToken cancellationToken)
    {
        Task preparing;
        lock (gate)
        {
            preparing = prepared is null or { IsFaulted: true } or { IsCanceled: true }
                ? prepared = RemoteSchema.MigrateAsync(client, clock.GetUtcNow(), CancellationToken.None)
                : prepared;
        }

        return preparing.IsCompletedSuccessfully ? preparing : preparing.WaitAsync(cancellationToken);
    }
}
