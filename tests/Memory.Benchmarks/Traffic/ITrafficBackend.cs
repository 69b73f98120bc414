using Memory.Benchmarks.Load;
using Memory.Benchmarks.Upstash;

namespace Memory.Benchmarks.Traffic;

/// <summary>What the servers of a run keep their stores in. Disposing it removes everything that the run has made there.</summary>
internal interface ITrafficBackend : IAsyncDisposable
{
    /// <summary>As in <c>Memory:Storage:Backend</c>.</summary>
    string Name { get; }

    /// <summary>Its versions and settings, for a report.</summary>
    string Description { get; }

    /// <summary>A place where nothing is yet.</summary>
    Task<IServerPlace> NewPlaceAsync(CancellationToken cancellationToken);

    /// <summary>How many connections servers of ours have to it at this moment; null where there are none to count.</summary>
    Task<int?> ConnectionsAsync(CancellationToken cancellationToken) => Task.FromResult<int?>(null);

    /// <summary>What it was asked since this was called last; null where nobody counts.</summary>
    Task<StandInCounts?> CountAsync(CancellationToken cancellationToken) => Task.FromResult<StandInCounts?>(null);
}
