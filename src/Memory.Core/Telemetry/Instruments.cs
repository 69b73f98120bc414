using System.Diagnostics.Metrics;

namespace Memory.Core;

/// <summary>What is measured of appends, recalls and operations. No instrument carries an id or a text.</summary>
internal static class Instruments
{
    // The boundaries that the semantic conventions give for durations in seconds, with two finer ones: an append to a file takes microseconds.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    // Work waits for milliseconds when it is announced, and for hours when nobody works.
    private static readonly InstrumentAdvice<double> Waits = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 3_600, 14_400, 86_400],
    };

    private static readonly InstrumentAdvice<long> Hits = new() { HistogramBucketBoundaries = [0, 1, 2, 3, 5, 10, 20, 50, 100] };

    public static Histogram<double> Append { get; } = Telemetry.Meter.CreateHistogram("memory.append.duration", "s", "How long appends took.", tags: null, Seconds);

    public static Histogram<double> Recall { get; } = Telemetry.Meter.CreateHistogram("memory.recall.duration", "s", "How long recalls took, with what they appended.", tags: null, Seconds);

    public static Histogram<long> RecallHits { get; } = Telemetry.Meter.CreateHistogram("memory.recall.hits", "{hit}", "How many messages a recall found.", tags: null, Hits);

    public static Histogram<double> QueueAge { get; } = Telemetry.Meter.CreateHistogram("memory.operation.queue_age", "s", "How old an operation was when it was first run.", tags: null, Waits);

    public static Gauge<long> PendingEmbeddings { get; } = Telemetry.Meter.CreateGauge<long>("memory.embeddings.pending", "{message}", "Messages that await their vectors.");
}
