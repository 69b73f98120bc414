using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Traffic;

/// <summary>LibSQL files in a temporary folder, which goes with this object.</summary>
internal sealed class LibSqlTraffic : ITrafficBackend
{
    private readonly TemporaryFolder folder = new();
    private readonly LibSqlBackend files;

    /// <summary>Makes the folder.</summary>
    public LibSqlTraffic() => files = new LibSqlBackend(folder);

    /// <inheritdoc/>
    public string Name => "libsql";

    /// <inheritdoc/>
    public string Description => files.Description;

    /// <inheritdoc/>
    public async Task<IServerPlace> NewPlaceAsync(CancellationToken cancellationToken) => await files.NewPlaceAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await files.DisposeAsync();
        folder.Dispose();
    }
}
