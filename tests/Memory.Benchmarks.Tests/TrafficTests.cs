using Memory.Benchmarks.Traffic;
using Memory.Benchmarks.Upstash;

namespace Memory.Benchmarks.Tests;

public sealed class TrafficTests
{
    [Fact]
    public void The_load_command_needs_no_steps_named()
    {
        var usual = LoadCommand.Create().Parse(["--seconds", "5"]);
        Assert.Empty(usual.Errors);
        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128], usual.GetRequiredValue<int[]>("--callers"));
        Assert.NotEmpty(LoadCommand.Create().Parse(["--callers", "0"]).Errors);
        Assert.NotEmpty(LoadCommand.Create().Parse(["--seconds", "0"]).Errors);
    }

    [Fact]
    public void Arrivals_are_a_Poisson_process_of_the_rate_that_is_asked_for()
    {
        var arrivals = PoissonArrivals.Within(TimeSpan.FromSeconds(100), perSecond: 1_000, seed: 7).ToList();
        var gaps = arrivals.Zip(arrivals.Skip(1), (one, next) => (next - one).TotalMilliseconds).ToList();

        // Four standard deviations of so many: 100,000 ± 1,265, and a share of 1/e ± 0.006.
        Assert.InRange(arrivals.Count, 98_735, 101_265);
        Assert.InRange(gaps.Count(gap => gap > 1) / (double)gaps.Count, Math.Exp(-1) - 0.0061, Math.Exp(-1) + 0.0061);
        Assert.All(gaps, gap => Assert.True(gap >= 0));
        Assert.InRange(arrivals[^1].TotalSeconds, 99, 100);
    }

    [Fact]
    public void Arrivals_are_the_same_for_the_same_seed_only()
    {
        Assert.Equal(Arrivals(seed: 1), Arrivals(seed: 1));
        Assert.NotEqual(Arrivals(seed: 1), Arrivals(seed: 2));

        static List<TimeSpan> Arrivals(int seed) => [.. PoissonArrivals.Within(TimeSpan.FromSeconds(1), perSecond: 100, seed)];
    }

    [Fact]
    public void Percentiles_are_those_of_what_was_noted()
    {
        var times = new Latencies();
        Assert.Null(times.Percentile(50));
        Parallel.For(1, 1_001, i => times.Note(TimeSpan.FromMilliseconds(i)));

        Assert.Equal(500, times.Percentile(50)!.Value, tolerance: 0.5);
        Assert.Equal(990, times.Percentile(99)!.Value, tolerance: 1);
        Assert.Equal(999, times.Percentile(99.9)!.Value, tolerance: 1);
        Assert.Equal(1_000, times.Longest!.Value, tolerance: 1);
    }

    [Fact]
    public void A_time_beyond_the_scale_is_noted_at_its_end()
    {
        var times = new Latencies();
        times.Note(TimeSpan.FromHours(1));
        times.Note(TimeSpan.Zero);
        Assert.Equal(600_000, times.Longest!.Value, tolerance: 600);
        Assert.Equal(0.001, times.Percentile(50)!.Value);
    }

    [Fact]
    public void The_knee_is_the_least_number_of_callers_that_comes_near_the_best()
    {
        (int Callers, double Rate)[] curve = [(1, 100), (2, 190), (4, 330), (8, 476), (16, 500), (32, 490), (64, 420)];
        Assert.Equal(8, Knee.Of(curve, step => step.Callers, step => step.Rate).Callers);
        Assert.Equal(1, Knee.Of(curve[..1], step => step.Callers, step => step.Rate).Callers);
        Assert.Equal(16, Knee.Of([.. curve.Where(step => step.Callers != 8).Reverse()], step => step.Callers, step => step.Rate).Callers);
    }

    [Fact]
    public async Task A_ledger_finds_what_is_missing_twice_and_there_without_an_answer()
    {
        var ledger = new Ledger();
        foreach (var id in (string[])["1", "2", "3"])
        {
            ledger.Note("a", id, Answer.Done);
        }

        ledger.Note("a", "4", new Answer("no answer in time"));
        ledger.Note("a", "5", new Answer(Answer.Overloaded));
        ledger.Note("b", "1", Answer.Done);
        Dictionary<string, IReadOnlyList<string>> stored = new() { ["a"] = ["before", "1", "3", "3", "4"], ["b"] = ["1"] };

        var kept = await ledger.CompareAsync((thread, _) => Task.FromResult(stored[thread]), TestContext.Current.CancellationToken);
        Assert.Equal(new Kept(Threads: 2, Answered: 4, Missing: 1, Twice: 1, Unanswered: 1), kept);
        Assert.False(kept.IsWhole);
    }

    [Fact]
    public void Busy_processors_are_those_that_neither_idle_nor_wait()
    {
        var before = MachineTime.Parse("cpu  100 0 50 800 50 0 0 0 0 0");
        var after = MachineTime.Parse("cpu  175 0 60 810 55 0 0 0 7 0");
        Assert.Equal(new MachineTime(150, 1_000), before);
        Assert.Equal(0.85 * Environment.ProcessorCount, after.CoresSince(before), tolerance: 0.001);
        Assert.Equal(0, before.CoresSince(before));
    }

    [Fact]
    public void A_step_is_limited_by_who_has_most_of_processors_that_are_all_busy()
    {
        double all = Environment.ProcessorCount;
        Assert.Equal("not the processors", new Usage(0.5 * all, 0.1 * all, 0.6 * all, null, null, null).Limit);
        Assert.Equal("processors, most of them the server's", new Usage(0.5 * all, 0.2 * all, 0.95 * all, null, null, null).Limit);
        Assert.Equal("processors, most of them the backend and others's", new Usage(0.2 * all, 0.1 * all, all, null, null, null).Limit);
    }

    [Fact]
    public void Counts_of_stand_ins_read_back_as_they_were_written()
    {
        Assert.Equal(new StandInCounts(12, 345), StandInCounts.Parse(new StandInCounts(12, 345).ToString()));
        Assert.Throws<FormatException>(() => StandInCounts.Parse(null));
    }
}
