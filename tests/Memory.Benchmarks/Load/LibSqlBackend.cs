using Microsoft.Data.Sqlite;

namespace Memory.Benchmarks.Load;

/// <summary>LibSQL files in a temporary folder, which is the caller's to remove.</summary>
internal sealed class LibSqlBackend(TemporaryFolder folder) : IBackend
{
    /// <inheritdoc/>
    public string Name => "LibSQL file";

    /// <inheritdoc/>
    public IReadOnlyList<Row> Rows => Load.Rows.LibSql;

    /// <inheritdoc/>
    public string Description { get; } = $"LibSQL file, SQLite {SqliteVersion()}";

    /// <inheritdoc/>
    public IBareInsert? Bare { get; } = new SqliteInsert(folder);

    /// <inheritdoc/>
    public int PeerVectorMessages => 200; // it stores a dozen or two a second

    /// <inheritdoc/>
    public bool PeerBlocksItself => true;

    /// <inheritdoc/>
    public int FillCallers => 1; // one writer at a time

    /// <inheritdoc/>
    public bool ComparesVectors => true;

    /// <inheritdoc/>
    public Task<IPlace> NewPlaceAsync(CancellationToken cancellationToken) => Task.FromResult<IPlace>(NewFile());

    /// <summary>A place, as what it is.</summary>
    public LibSqlPlace NewFile() => new(folder);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string SqliteVersion()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        return connection.ServerVersion;
    }
}
