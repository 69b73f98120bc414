using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Growth;

/// <summary>A call's times, of every backend that was measured.</summary>
/// <param name="Table">The table they are from.</param>
/// <param name="Call">The call.</param>
/// <param name="Lines">A line for each backend.</param>
internal sealed record GrowthPanel(string Table, string Call, IReadOnlyList<GrowthLine> Lines)
{
    /// <summary>One for each call of each table of times, in the order in which they come first. What was timed beside a store of a thousand is a comparison, and no growth.</summary>
    public static IReadOnlyList<GrowthPanel> Of(IEnumerable<Measurement> measurements) =>
    [
        .. measurements.SelectMany(measurement => measurement.Tables)
            .Where(table => table.Name != GrowthSet.ComparedResource && table.Columns.Select(column => column.Name).SequenceEqual(GrowthPoint.Columns.Select(column => column.Name)))
            .GroupBy(table => table.Name)
            .SelectMany(tables => tables.SelectMany(table => table.Rows).Select(Read).OfType<Point>().GroupBy(point => point.Call, (call, points) => new GrowthPanel(tables.Key, call, Draw(points)))),
    ];

    private static IReadOnlyList<GrowthLine> Draw(IEnumerable<Point> points) =>
        [.. points.GroupBy(point => point.Backend, (backend, all) => new GrowthLine(backend, [.. all.Select(point => (point.Messages, point.Milliseconds)).OrderBy(place => place.Messages)]))];

    // A line without a time says why there is none.
    private static Point? Read(IReadOnlyList<Cell> row) => row[2].Number is { } messages && row[3].Number is { } milliseconds and > 0
        ? new Point(row[0].Text ?? "", row[1].Text ?? "", messages, milliseconds)
        : null;

    private sealed record Point(string Backend, string Call, double Messages, double Milliseconds);
}

/// <summary>A backend's times of one call.</summary>
/// <param name="Backend">The backend.</param>
/// <param name="Points">By size.</param>
internal sealed record GrowthLine(string Backend, IReadOnlyList<(double Messages, double Milliseconds)> Points);
