namespace Memory.Fakes;

/// <summary>A request that arrived, as the stand-ins of Upstash's services write it down.</summary>
public sealed record UpstashRequest
{
    /// <summary>Its number, from 1; numbers go on after <see cref="FakeUpstash.Reset"/>.</summary>
    public required int Number { get; init; }

    /// <summary>Its verb.</summary>
    public required string Method { get; init; }

    /// <summary>Its path, without the query.</summary>
    public required string Path { get; init; }

    /// <summary>Its body's length.</summary>
    public required int RequestBytes { get; init; }

    /// <summary>The header <c>upstash-sync-token</c> it carried; null when it carried none.</summary>
    public string? SyncToken { get; init; }

    /// <summary>The commands of Redis in it, in capitals and in order; empty for vectors.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>How many commands or vectors Upstash would bill for it.</summary>
    public int Billed { get; init; }

    /// <summary>How many vectors it wrote or deleted.</summary>
    public int VectorsWritten { get; init; }

    /// <summary>The status it was answered with; 0 when it got none.</summary>
    public int Status { get; init; }

    /// <summary>The length of the answer's body as it was sent: compressed, if it was.</summary>
    public int ResponseBytes { get; init; }
}
