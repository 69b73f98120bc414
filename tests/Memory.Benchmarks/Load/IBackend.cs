namespace Memory.Benchmarks.Load;

/// <summary>What is measured, and where its stores are kept. Disposing it removes everything that the run has made.</summary>
internal interface IBackend : IAsyncDisposable
{
    /// <summary>As tables and plots call it.</summary>
    string Name { get; }

    /// <summary>The lines there are for it.</summary>
    IReadOnlyList<Row> Rows { get; }

    /// <summary>Its versions and settings, for the report.</summary>
    string Description { get; }

    /// <summary>The raw driver; null where it is not tried.</summary>
    IBareInsert? Bare { get; }

    /// <summary>How many messages the peer appends with their vectors, where ours may append more: rates are compared, not times.</summary>
    int PeerVectorMessages { get; }

    /// <summary>Whether callers at once fail in the peer when messages and vectors are in one place.</summary>
    bool PeerBlocksItself { get; }

    /// <summary>How many callers at once fill a store soonest.</summary>
    int FillCallers { get; }

    /// <summary>Whether the backend itself compares vectors: where a stand-in of a service does, the times say nothing.</summary>
    bool ComparesVectors { get; }

    /// <summary>A place where nothing is yet.</summary>
    Task<IPlace> NewPlaceAsync(CancellationToken cancellationToken);
}
