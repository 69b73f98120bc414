using Memory.Benchmarks.Traffic;
using Microsoft.Extensions.Time.Testing;

namespace Memory.Benchmarks.Tests;

/// <summary>The schedule against services of which everything is known, in a time that the test lets pass.</summary>
public sealed class OpenLoopTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private readonly FakeTimeProvider clock = new();
    private readonly Tally tally = new();

    [Fact]
    public async Task A_stall_shows_in_times_from_when_requests_were_due_and_not_in_times_from_sending()
    {
        // One connection, a hundred requests a second for a minute, each answered after a millisecond but for two seconds of nothing.
        var (stallBegins, stallEnds) = (TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(22));
        var begin = clock.GetTimestamp();
        await RunAsync(connections: 1, mostOutstanding: 1_000, Every(TimeSpan.FromMilliseconds(10), 6_000), async _ =>
        {
            var now = clock.GetElapsedTime(begin);
            await Task.Delay(now > stallBegins && now < stallEnds ? stallEnds - now : Tick, clock, CancellationToken.None);
            return Answer.Done;
        });

        Assert.Equal(6_000, tally.Done);
        Assert.InRange(tally.FromSending.Percentile(99)!.Value, 0.5, 5); // a Tick, with what the test's time and the histogram's steps add
        Assert.InRange(tally.FromDue.Percentile(99)!.Value, 1_000, 2_000); // 200 of 6,000 were due in the stall: the worst hundredth waited for most of it
        Assert.InRange(tally.FromSending.Longest!.Value, 1_900, 2_100); // the one that was under way
    }

    [Fact]
    public async Task With_enough_connections_a_stall_shows_in_both()
    {
        await RunAsync(connections: 1_000, mostOutstanding: 1_000, Every(TimeSpan.FromMilliseconds(10), 100), async _ =>
        {
            await Task.Delay(TimeSpan.FromSeconds(2), clock, CancellationToken.None);
            return Answer.Done;
        });

        Assert.InRange(tally.FromSending.Percentile(50)!.Value, 1_900, 2_100);
        Assert.InRange(tally.FromDue.Percentile(50)!.Value, 1_900, 2_100);
    }

    [Fact]
    public async Task Requests_beyond_the_bound_are_counted_as_not_sent_and_none_is_lost()
    {
        var release = new TaskCompletionSource();
        var (asked, most) = (0, 0);
        var run = Start(connections: 4, mostOutstanding: 10, Every(Tick, 100), async _ =>
        {
            most = Math.Max(most, ++asked - (int)tally.Done);
            await release.Task;
            return Answer.Done;
        });
        PassUntil(() => tally.NotSent == 90); // four under way, six wait for their turn
        Assert.Equal(4, asked);
        release.SetResult();
        await run;

        Assert.Equal((10, 90), (tally.Done, tally.NotSent));
        Assert.Equal((10, 4), (asked, most));
    }

    [Fact]
    public async Task A_refusal_is_counted_and_has_no_latency()
    {
        var asked = 0;
        await RunAsync(connections: 8, mostOutstanding: 8, Every(Tick, 30), _ => Task.FromResult((asked++ % 3) switch
        {
            0 => Answer.Done,
            1 => new Answer(Answer.Overloaded),
            _ => new Answer("500"),
        }));

        Assert.Equal((10, 10, 10, 0), (tally.Done, tally.Overloaded, tally.Errors, tally.NotSent));
    }

    [Fact]
    public async Task A_closed_loop_asks_a_stalled_service_less()
    {
        var begin = clock.GetTimestamp();
        Func<CancellationToken, Task<Answer>> askAsync = async _ =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(clock.GetElapsedTime(begin) < TimeSpan.FromSeconds(1) ? 10 : 1_000), clock, CancellationToken.None);
            return Answer.Done;
        };
        var run = ClosedLoop.RunAsync([askAsync, askAsync], TimeSpan.FromSeconds(10), tally, clock, CancellationToken.None);
        PassUntil(() => run.IsCompleted);

        Assert.Equal(2 * (100 + 9), tally.Done);
        Assert.Null(tally.FromDue.Percentile(99)); // nothing was due
        Assert.InRange(tally.FromSending.Percentile(50)!.Value, 9, 11);
    }

    private static IEnumerable<TimeSpan> Every(TimeSpan gap, int count) => Enumerable.Range(1, count).Select(i => i * gap);

    private async Task RunAsync(int connections, int mostOutstanding, IEnumerable<TimeSpan> arrivals, Func<CancellationToken, Task<Answer>> askAsync)
    {
        var run = Start(connections, mostOutstanding, arrivals, askAsync);
        PassUntil(() => run.IsCompleted);
        await run;
    }

    // The loop itself lets time pass, a tick at a time, and whatever waits for a moment goes on in it, on this thread.
    private Task<TimeSpan> Start(int connections, int mostOutstanding, IEnumerable<TimeSpan> arrivals, Func<CancellationToken, Task<Answer>> askAsync) =>
        new OpenLoop(clock, early => clock.Advance(early < Tick ? early : Tick), connections, mostOutstanding).RunAsync(arrivals, askAsync, tally, CancellationToken.None);

    private void PassUntil(Func<bool> isOver)
    {
        while (!isOver())
        {
            clock.Advance(Tick);
        }
    }
}
