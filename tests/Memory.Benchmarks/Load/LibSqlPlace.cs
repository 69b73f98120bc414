using System.Text.Json.Nodes;
using Memory.Storage.LibSql;
using Microsoft.Data.Sqlite;

namespace Memory.Benchmarks.Load;

/// <summary>A file.</summary>
internal sealed class LibSqlPlace(TemporaryFolder folder) : IPlace
{
    // 100,000 vectors of 1,536 numbers are 614 MB.
    private const int VectorIndexMegabytes = 4_096;

    private readonly string file = folder.NewFile();

    /// <inheritdoc/>
    public JsonObject ForPeer => new() { ["file"] = file };

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ForServer => new Dictionary<string, string>
    {
        ["Memory__Storage__Backend"] = "libsql",
        ["Memory__LibSql__Url"] = $"file:{file}",
    };

    /// <inheritdoc/>
    public OpenStore Open(bool withVectors)
    {
        var database = LibSqlDatabase.Open(new LibSqlOptions { Url = $"file:{file}", IndexCacheMegabytes = withVectors ? VectorIndexMegabytes : 0 });
        return new OpenStore(new LibSqlMessageStore(database), new LibSqlSearchIndex(database), new LibSqlEmbeddingStore(database), new LibSqlArchive(database), database);
    }

    /// <inheritdoc/>
    public IPlace? Copy()
    {
        var copy = new LibSqlPlace(folder);
        File.Copy(file, copy.file);
        return copy;
    }

    /// <summary>Moves the write-ahead log into the database.</summary>
    public Task SettleAsync(CancellationToken cancellationToken)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "pragma wal_checkpoint(truncate)";
        command.ExecuteNonQuery();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<long> BytesAsync(CancellationToken cancellationToken)
    {
        await SettleAsync(cancellationToken);
        var log = new FileInfo($"{file}-wal");
        return new FileInfo(file).Length + (log.Exists ? log.Length : 0);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        TemporaryFolder.Remove(file);
        return ValueTask.CompletedTask;
    }
}
