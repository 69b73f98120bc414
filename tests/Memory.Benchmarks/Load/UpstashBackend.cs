using Memory.Benchmarks.Upstash;

namespace Memory.Benchmarks.Load;

/// <summary>Stand-ins of Upstash's services on this machine, in this process: each place has its own, and an empty database of the Redis behind them.</summary>
/// <param name="redis">The Redis, as HOST:PORT.</param>
internal sealed class UpstashBackend(string redis) : IBackend
{
    private readonly List<UpstashPlace> places = [];

    /// <inheritdoc/>
    public string Name => "Upstash";

    /// <inheritdoc/>
    public IReadOnlyList<Row> Rows => Load.Rows.Upstash;

    /// <inheritdoc/>
    public string Description => "stand-ins of Upstash's Redis and Vector over HTTP, in this process, in front of a real Redis: requests are Upstash's, times are this machine's";

    /// <inheritdoc/>
    public IBareInsert? Bare { get; } = new UpstashInsert(redis);

    /// <inheritdoc/>
    public int PeerVectorMessages => 2_000;

    /// <inheritdoc/>
    public bool PeerBlocksItself => false;

    /// <inheritdoc/>
    public int FillCallers => 4;

    /// <inheritdoc/>
    public bool ComparesVectors => false;

    /// <inheritdoc/>
    public async Task<IPlace> NewPlaceAsync(CancellationToken cancellationToken)
    {
        places.Add(new UpstashPlace(await StandIns.StartAsync(redis, cancellationToken)));
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
