using Memory.Benchmarks.Load;
using Memory.Benchmarks.Upstash;

namespace Memory.Benchmarks.Traffic;

/// <summary>A database of a Redis behind the stand-ins, a process of their own that ends with this object.</summary>
internal sealed class UpstashTraffic : ITrafficBackend
{
    private readonly StandInProcess standIns;

    private UpstashTraffic(StandInProcess standIns) => this.standIns = standIns;

    /// <inheritdoc/>
    public string Name => "upstash";

    /// <inheritdoc/>
    public string Description => "a stand-in of Upstash's protocol in a process of its own, in front of a Redis on this machine: requests and commands are those of the service, times are not";

    /// <summary>Starts the stand-ins.</summary>
    /// <param name="redis">The Redis behind them, as HOST:PORT.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<UpstashTraffic> StartAsync(string redis, CancellationToken cancellationToken) => new(await StandInProcess.StartAsync(redis, cancellationToken));

    /// <inheritdoc/>
    public Task<IServerPlace> NewPlaceAsync(CancellationToken cancellationToken) => Task.FromResult<IServerPlace>(new UpstashPlace(standIns.Settings));

    /// <inheritdoc/>
    public async Task<StandInCounts?> CountAsync(CancellationToken cancellationToken) => await standIns.CountAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => standIns.DisposeAsync();
}
