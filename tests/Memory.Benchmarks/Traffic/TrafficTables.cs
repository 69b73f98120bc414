using System.Globalization;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Traffic;

/// <summary>The tables of a run. Each line begins with its backend, so that tables of several runs can stand under each other.</summary>
internal sealed class TrafficTables(string backend)
{
    /// <summary>The table of the open loop.</summary>
    public const string OpenLoop = "open loop";

    /// <summary>Its column of rates.</summary>
    public const string DuePerSecond = "due/s";

    /// <summary>Its columns of the median and the 99th percentile from when requests were due.</summary>
    public const string Median = "p50 ms", Tail = "p99 ms";

    /// <summary>Its columns of requests that were not done.</summary>
    public static readonly IReadOnlyList<string> NotDone = ["not sent", "overloaded", "errors"];

    private const string Times = "0.00", Rates = "0.0", Counts = "0";

    private static readonly Column Backend = new("backend");

    private static readonly Column[] OfUsage =
    [
        new("overloaded", Counts), new("errors", Counts), new("server cores", Times), new("driver cores", Times), new("machine cores", Times), new("limit"), new("server MiB", Counts),
        new("connections", Counts), new("backend requests/s", Rates), new("backend commands/s", Rates),
    ];

    /// <summary>Where more callers bring no more.</summary>
    public ResultTable Knee(IReadOnlyList<StepResult> closed)
    {
        var knee = Traffic.Knee.Of(closed, step => step.Size, step => step.Throughput);
        return new ResultTable(
            "knee",
            [Backend, new("callers", Counts), new("done/s", Rates), new("best done/s", Rates), new(Median, Times), new(Tail, Times), new("limit")],
            [[backend, knee.Size, knee.Throughput, closed.Max(step => step.Throughput), knee.Tally.FromSending.Percentile(50), knee.Tally.FromSending.Percentile(99), knee.Usage.Limit]]);
    }

    /// <summary>A line for each number of callers.</summary>
    public ResultTable Closed(IReadOnlyList<StepResult> closed) => new(
        "closed loop",
        [Backend, new("callers"), new("done/s", Rates), .. Percentiles(""), .. OfUsage],
        [.. closed.Select(step => (IReadOnlyList<Cell>)[backend, Text(step.Size), step.Throughput, .. Percentiles(step.Tally.FromSending), .. Usage(step)])]);

    /// <summary>A line for each rate. Times count from when requests were due, and beside these from when they were sent.</summary>
    public ResultTable Open(IReadOnlyList<StepResult> open) => Open(OpenLoop, open);

    /// <summary>The same where the driver has few connections, and a request may wait for one.</summary>
    public ResultTable Waiting(IReadOnlyList<StepResult> waiting) => Open("open loop, few connections", waiting);

    private ResultTable Open(string name, IReadOnlyList<StepResult> open) => new(
        name,
        [Backend, new("% of best"), new(DuePerSecond, Rates), new("done/s", Rates), new("not sent", Counts), .. Percentiles(""), .. Percentiles(" from sending"), .. OfUsage],
        [
            .. open.Select(step => (IReadOnlyList<Cell>)
            [
                backend, Text(step.Size), step.Due, step.Throughput, step.Tally.NotSent, .. Percentiles(step.Tally.FromDue), .. Percentiles(step.Tally.FromSending), .. Usage(step),
            ]),
        ]);

    /// <summary>A line for each step of both.</summary>
    public ResultTable Kept(IEnumerable<StepResult> closed, IEnumerable<StepResult> open) => new(
        "kept",
        [
            Backend, new("loop"), new("callers or % of best"), new("threads", Counts), new("appends answered as done", Counts), new("missing", Counts), new("there twice", Counts),
            new("there, but not answered as done", Counts),
        ],
        [.. closed.Select(step => Kept("closed", step)), .. open.Select(step => Kept("open", step))]);

    private IReadOnlyList<Cell> Kept(string loop, StepResult step) =>
        [backend, loop, Text(step.Size), step.Kept.Threads, step.Kept.Answered, step.Kept.Missing, step.Kept.Twice, step.Kept.Unanswered];

    private static IEnumerable<Column> Percentiles(string since) => ((string[])[Median, "p95 ms", Tail, "p99.9 ms", "longest ms"]).Select(name => new Column(name + since, Times));

    private static IEnumerable<Cell> Percentiles(Latencies times) => [times.Percentile(50), times.Percentile(95), times.Percentile(99), times.Percentile(99.9), times.Longest];

    private static IEnumerable<Cell> Usage(StepResult step)
    {
        var (usage, seconds) = (step.Usage, step.Took.TotalSeconds);
        return
        [
            step.Tally.Overloaded, step.Tally.Errors, usage.Server, usage.Driver, usage.Machine, usage.Limit, usage.ServerMebibytes, usage.Connections,
            usage.Asked?.Requests / seconds, usage.Asked?.Commands / seconds,
        ];
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
