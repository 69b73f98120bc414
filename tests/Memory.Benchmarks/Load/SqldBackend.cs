namespace Memory.Benchmarks.Load;

/// <summary>libSQL's server: a process of its own for each place, on the loopback interface.</summary>
/// <param name="program">The server's program.</param>
internal sealed class SqldBackend(string program) : IBackend
{
    private readonly List<SqldPlace> places = [];

    /// <inheritdoc/>
    public string Name => "libSQL server";

    /// <inheritdoc/>
    public IReadOnlyList<Row> Rows => Load.Rows.Sqld;

    /// <inheritdoc/>
    public string Description => "libSQL's server (sqld), over HTTP on the loopback interface";

    /// <inheritdoc/>
    public IBareInsert? Bare => null;

    /// <inheritdoc/>
    public int PeerVectorMessages => 200; // its index of vectors is the same as in a file

    /// <inheritdoc/>
    public bool PeerBlocksItself => true;

    /// <inheritdoc/>
    public int FillCallers => 1; // one writer at a time

    /// <inheritdoc/>
    public bool ComparesVectors => true;

    /// <inheritdoc/>
    public async Task<IPlace> NewPlaceAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        places.Add(await SqldPlace.StartAsync(program));
        return places[^1];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var place in places)
        {
            await place.DisposeAsync();
        }
    }
}
