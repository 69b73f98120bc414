using System.Text.Json.Nodes;
using Flurl.Http;
using Memory.Fakes;
using Memory.Storage.LibSql;

namespace Memory.Benchmarks.Load;

/// <summary>A libSQL server with one database.</summary>
internal sealed class SqldPlace : IPlace
{
    private readonly SqldServer server;
    private readonly FlurlClient client = new();
    private bool isGone;

    private SqldPlace(SqldServer server) => this.server = server;

    /// <inheritdoc/>
    public JsonObject ForPeer => new() { ["url"] = server.Url.AbsoluteUri };

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ForServer => new Dictionary<string, string>
    {
        ["Memory__Storage__Backend"] = "libsql",
        ["Memory__LibSql__Url"] = server.Url.AbsoluteUri,
    };

    /// <summary>Starts it.</summary>
    public static async Task<SqldPlace> StartAsync(string program) => new(await SqldServer.StartAsync(program));

    /// <summary>Opens a database of ours on a server.</summary>
    public static OpenStore Open(LibSqlOptions options, IFlurlClient client)
    {
        var database = LibSqlDatabase.Open(options, client);
        return new OpenStore(
            new LibSqlMessageStore(database), new LibSqlSearchIndex(database), new LibSqlEmbeddingStore(database), new LibSqlArchive(database), database, new WordUpkeep(database));
    }

    /// <inheritdoc/>
    public OpenStore Open(bool withVectors) => Open(new LibSqlOptions { Url = server.Url.AbsoluteUri }, client);

    /// <inheritdoc/>
    public IPlace? Copy() => null;

    /// <inheritdoc/>
    public Task SettleAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<long> BytesAsync(CancellationToken cancellationToken)
    {
        var log = new FileInfo($"{server.File}-wal");
        return Task.FromResult(new FileInfo(server.File).Length + (log.Exists ? log.Length : 0));
    }

    /// <summary>Ends it, once: whoever asked for it may, and the backend does at last.</summary>
    public async ValueTask DisposeAsync()
    {
        if (isGone)
        {
            return;
        }

        isGone = true;
        client.Dispose();
        await server.DisposeAsync();
    }
}
