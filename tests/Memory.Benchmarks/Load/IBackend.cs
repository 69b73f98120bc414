namespace Memory.Benchmarks.Load;

/// <summary>What is measured, and where its stores are kept. Disposing it removes everything that the run has made.</summary>
internal interface IBackend : IAsyncDisposable
{
    /// <summary>The lines there are for it.</summary>
    IReadOnlyList<Row> Rows { get; }

    /// <summary>Its versions and settings, for the report.</summary>
    string Description { get; }

    /// <summary>The raw driver.</summary>
    IBareInsert Bare { get; }

    /// <summary>How many messages the peer appends with their vectors, where ours may append more: rates are compared, not times.</summary>
    int PeerVectorMessages { get; }

    /// <summary>Whether callers at once fail in the peer when messages and vectors are in one place.</summary>
    bool PeerBlocksItself { get; }

    /// <summary>A place where nothing is yet.</summary>
    IPlace NewPlace();
}
