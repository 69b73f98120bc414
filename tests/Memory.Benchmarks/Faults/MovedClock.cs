namespace Memory.Benchmarks.Faults;

/// <summary>A clock that somebody moves to and fro. As on any machine, what measures times and waits is not moved with it.</summary>
internal sealed class MovedClock : TimeProvider
{
    private long ahead;

    /// <summary>How far it is ahead of the system's.</summary>
    public TimeSpan Ahead
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref ahead));
        set => Volatile.Write(ref ahead, value.Ticks);
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
