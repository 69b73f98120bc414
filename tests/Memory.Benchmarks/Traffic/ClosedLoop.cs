namespace Memory.Benchmarks.Traffic;

/// <summary>
/// So many callers, each of whom asks again when it is answered. Its latencies count from sending and have no other figure beside them: a caller who waits for an answer
/// has no next request that is due, so that a server which stalls is asked less instead, and its throughput is what tells. See <see cref="OpenLoop"/>.
/// </summary>
internal static class ClosedLoop
{
    /// <summary>Runs for a while, and until the last is answered.</summary>
    /// <param name="callers">How one asks, for each caller.</param>
    /// <param name="length">How long they go on asking.</param>
    /// <param name="tally">Where answers are noted.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The time it took.</returns>
    public static async Task<TimeSpan> RunAsync(
        IEnumerable<Func<CancellationToken, Task<Answer>>> callers, TimeSpan length, Tally tally, TimeProvider clock, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        await Task.WhenAll(callers.Select(CallAsync));
        return clock.GetElapsedTime(start);

        async Task CallAsync(Func<CancellationToken, Task<Answer>> askAsync)
        {
            while (clock.GetElapsedTime(start) < length)
            {
                var sent = clock.GetTimestamp();
                var answer = await askAsync(cancellationToken);
                tally.Note(answer, clock.GetElapsedTime(sent));
            }
        }
    }
}
