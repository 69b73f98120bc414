using System.Text.Json.Nodes;

namespace Memory.Benchmarks.Load;

/// <summary>Where one store is or will be, ours or the peer's: a file, or a schema of a database. Disposing it removes the store.</summary>
internal interface IPlace : IServerPlace
{
    /// <summary>How the peer's scripts are told.</summary>
    JsonObject ForPeer { get; }

    /// <summary>Opens a store of ours, making it if need be.</summary>
    OpenStore Open(bool withVectors);

    /// <summary>Another place with the same store in it, which is closed meanwhile; null where a copy is no quicker than filling another one.</summary>
    IPlace? Copy();

    /// <summary>What the store takes on disk when it has settled, in bytes.</summary>
    Task<long> BytesAsync(CancellationToken cancellationToken);
}
