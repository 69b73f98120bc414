using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Growth;

/// <summary>How long a call takes in a store of a size.</summary>
/// <param name="Call">The call; all of them when nothing could be measured.</param>
/// <param name="Messages">The size.</param>
/// <param name="Milliseconds">Median and 95th percentile; null when there are none.</param>
/// <param name="Samples">How often it was timed.</param>
/// <param name="Note">Why there are none; empty otherwise.</param>
internal sealed record GrowthPoint(string Call, int Messages, Outcome? Milliseconds, int Samples, string Note)
{
    /// <summary>What the tables of all such lines have, of any backend.</summary>
    public static IReadOnlyList<Column> Columns { get; } =
        [new("backend"), new("call"), new(SizeColumn, "N0"), new(MedianColumn, "0.000"), new("p95 ms", "0.000"), new("samples", "N0"), new("note")];

    /// <summary>The column of the sizes.</summary>
    public const string SizeColumn = "messages";

    /// <summary>The column of the medians.</summary>
    public const string MedianColumn = "p50 ms";

    /// <summary>Its line.</summary>
    public IReadOnlyList<Cell> Row(string backend) => [backend, Call, (double)Messages, Milliseconds?.Main, Milliseconds?.Tail, (double)Samples, Note];
}
