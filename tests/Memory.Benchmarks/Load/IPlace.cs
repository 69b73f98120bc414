using System.Text.Json.Nodes;

namespace Memory.Benchmarks.Load;

/// <summary>Where one store is or will be, ours or the peer's: a file, or a schema of a database. Disposing it removes the store.</summary>
internal interface IPlace : IAsyncDisposable
{
    /// <summary>How the peer's scripts are told.</summary>
    JsonObject ForPeer { get; }

    /// <summary>How a server of ours is told: its environment.</summary>
    IReadOnlyDictionary<string, string> ForServer { get; }

    /// <summary>Opens a store of ours, making it if need be.</summary>
    OpenStore Open(bool withVectors);

    /// <summary>Another place with the same store in it, which is closed meanwhile; null where a copy is no quicker than filling another one.</summary>
    IPlace? Copy();

    /// <summary>Does, or waits for, everything that a fill leaves to be done behind its answers, so that no measured call pays for it.</summary>
    Task SettleAsync(CancellationToken cancellationToken);

    /// <summary>What the store takes on disk when it has settled, in bytes.</summary>
    Task<long> BytesAsync(CancellationToken cancellationToken);
}
