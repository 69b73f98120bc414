namespace Memory.Benchmarks.Faults;

/// <summary>A clock that goes faster than the system's, with everything that is measured or waited for by it.</summary>
/// <param name="factor">How many times faster.</param>
internal sealed class FastClock(double factor) : TimeProvider
{
    private readonly DateTimeOffset start = System.GetUtcNow();
    private readonly long begin = System.GetTimestamp();

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => start + (System.GetElapsedTime(begin) * factor);

    /// <inheritdoc/>
    public override long GetTimestamp() => (long)((System.GetTimestamp() - begin) * factor);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Faster(dueTime), Faster(period));

    private TimeSpan Faster(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / factor;
}
