namespace Memory.Benchmarks.Faults;

/// <summary>The product, running, and what breaks it.</summary>
internal interface ITarget : IAsyncDisposable
{
    /// <summary>How its callers reach it.</summary>
    IService Service { get; }

    /// <summary>Breaks it, and heals it again.</summary>
    /// <param name="random">Decides how, and how long it stays so.</param>
    /// <param name="over">When the time is over: heals at once.</param>
    Task StrikeAsync(Random random, CancellationToken over);
}
