namespace Memory.Benchmarks.Traffic;

/// <summary>
/// Requests that are due on a schedule, whether or not earlier ones are answered, as those of many users are who know nothing of each other. Latency counts from when a request was
/// due. With enough connections each leaves then; with few of them a stalled service holds up those behind it, and counting from sending leaves out the very waits that users have
/// (coordinated omission).
/// </summary>
/// <param name="clock">Tells the time.</param>
/// <param name="pause">Waits for so long, or less, on the thread that calls it.</param>
/// <param name="connections">How many requests may be under way at once; one that is due beyond it waits for its turn.</param>
/// <param name="mostOutstanding">How many may be under way or wait for their turn; one that is due beyond it is noted as not sent.</param>
internal sealed class OpenLoop(TimeProvider clock, Action<TimeSpan> pause, int connections, int mostOutstanding)
{
    private readonly Lock gate = new();
    private readonly Queue<TimeSpan> waiting = [];
    private int underWay;

    /// <summary>Sends every request, which holds the thread until the last is due, and then waits until all are answered.</summary>
    /// <param name="arrivals">When each is due, from the beginning on.</param>
    /// <param name="askAsync">Asks. What it does before it first waits delays the next.</param>
    /// <param name="tally">Where answers are noted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The time it took.</returns>
    public async Task<TimeSpan> RunAsync(IEnumerable<TimeSpan> arrivals, Func<CancellationToken, Task<Answer>> askAsync, Tally tally, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        List<Task> senders = [];
        foreach (var due in arrivals)
        {
            while (due - clock.GetElapsedTime(start) is { Ticks: > 0 } early)
            {
                pause(early);
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (MayLeave(due, tally))
            {
                senders.Add(SendAsync(due));
            }
        }

        await Task.WhenAll(senders);
        return clock.GetElapsedTime(start);

        async Task SendAsync(TimeSpan first)
        {
            for (TimeSpan? next = first; next is { } due; next = NextOrNone())
            {
                var sent = clock.GetElapsedTime(start);
                var answer = await askAsync(cancellationToken);
                var now = clock.GetElapsedTime(start);
                tally.Note(answer, now - sent, now - due);
            }
        }
    }

    private bool MayLeave(TimeSpan due, Tally tally)
    {
        lock (gate)
        {
            if (underWay + waiting.Count >= mostOutstanding)
            {
                tally.NoteNotSent();
                return false;
            }

            if (underWay == connections)
            {
                waiting.Enqueue(due);
                return false;
            }

            underWay++;
            return true;
        }
    }

    private TimeSpan? NextOrNone()
    {
        lock (gate)
        {
            if (waiting.TryDequeue(out var due))
            {
                return due;
            }

            underWay--;
            return null;
        }
    }
}
