namespace Memory.Benchmarks.Load;

/// <summary>Something that does the work and is timed: ours in one of its forms, or what it is compared with.</summary>
internal interface ISubject
{
    /// <summary>The column it is shown in.</summary>
    string Name { get; }

    /// <summary>Whether one process does all its runs, so that what it has compiled for one is there for the next.</summary>
    bool StaysWarm { get; }

    /// <summary>Does a piece of work once.</summary>
    /// <returns>Null when this subject does not do such work.</returns>
    Task<Outcome?> RunAsync(Work work, CancellationToken cancellationToken);
}
