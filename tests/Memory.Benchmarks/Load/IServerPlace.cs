namespace Memory.Benchmarks.Load;

/// <summary>Where a server of ours keeps what it is sent. Disposing it removes the store.</summary>
internal interface IServerPlace : IAsyncDisposable
{
    /// <summary>How a server of ours is told: its environment.</summary>
    IReadOnlyDictionary<string, string> ForServer { get; }

    /// <summary>Does, or waits for, everything that a fill leaves to be done behind its answers, so that no measured call pays for it.</summary>
    Task SettleAsync(CancellationToken cancellationToken);
}
