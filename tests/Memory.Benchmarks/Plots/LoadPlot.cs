using System.Globalization;
using Memory.Benchmarks.Results;
using Memory.Benchmarks.Traffic;

namespace Memory.Benchmarks.Plots;

/// <summary>
/// Latency against rate, in an open loop: the median and the 99th percentile from when requests were due, for each backend. A hollow mark is a rate at which some requests were not done.
/// Both axes are logarithmic: the rates are shares of what each backend can do at best, so that its lines are as wide as another's.
/// </summary>
internal static class LoadPlot
{
    private const double Width = 900, Height = 480, Left = 70, Right = 730, Top = 64, Bottom = 420;
    private const string Frame = "#57606a", TailDashes = "none", MedianDashes = "6 4";

    // Okabe and Ito's, which people who confuse colours tell apart.
    private static readonly string[] Colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"];

    /// <summary>Draws the tables of the open loop of several runs.</summary>
    public static string Draw(IEnumerable<Measurement> runs)
    {
        var lines = runs.Select(run => run.Table(TrafficTables.OpenLoop)).SelectMany(Line.Of).ToList();
        if (lines.Count == 0)
        {
            throw new InvalidOperationException("There is no open loop to draw.");
        }

        var svg = new Svg(Width, Height);
        var points = lines.SelectMany(line => line.Points).ToList();
        var (rates, times) = (Axis.Around([.. points.Select(point => point.Rate)]), Axis.Around([.. points.SelectMany(point => (double[])[point.Median, point.Tail])]));
        svg.Text(16, 36, "Time until an answer, from when the request was due", "title");
        DrawAxes(svg, rates, times);
        foreach (var (i, line) in lines.Index())
        {
            DrawLine(svg, line, Colors[i % Colors.Length], point => (X(point.Rate, rates), Y(point.Time, times)));
        }

        DrawLegend(svg, lines);
        return svg.ToString();
    }

    private static void DrawAxes(Svg svg, Axis rates, Axis times)
    {
        foreach (var rate in rates.Ticks)
        {
            svg.Line(X(rate, rates), Top, X(rate, rates), Bottom, "grid");
            svg.Text(X(rate, rates), Bottom + 20, rate.ToString("#,0.##", CultureInfo.InvariantCulture), "quiet middle");
        }

        foreach (var time in times.Ticks)
        {
            svg.Line(Left, Y(time, times), Right, Y(time, times), "grid");
            svg.Text(Left - 8, Y(time, times) + 4, time >= 1_000 ? $"{time / 1_000:0} s" : string.Create(CultureInfo.InvariantCulture, $"{time:0.##} ms"), "quiet end");
        }

        svg.Line(Left, Top, Left, Bottom, "axis");
        svg.Line(Left, Bottom, Right, Bottom, "axis");
        svg.Text((Left + Right) / 2, Bottom + 45, "requests due a second; both axes are logarithmic", "middle");
    }

    private static void DrawLine(Svg svg, Line line, string color, Func<(double Rate, double Time), (double X, double Y)> place)
    {
        foreach (var (percentile, dashes) in ((Func<Point, double>, string)[])[(point => point.Median, MedianDashes), (point => point.Tail, TailDashes)])
        {
            svg.Path(line.Points.Select(point => place((point.Rate, percentile(point)))), color, dashes);
            foreach (var point in line.Points)
            {
                var (x, y) = place((point.Rate, percentile(point)));
                svg.Disc(x, y, 4, point.AllDone ? color : "white", color);
            }
        }
    }

    private static void DrawLegend(Svg svg, IReadOnlyList<Line> lines)
    {
        var (x, y) = (Right + 20, Top + 15.0);
        foreach (var (i, line) in lines.Index())
        {
            foreach (var (name, dashes) in ((string, string)[])[("p99", TailDashes), ("p50", MedianDashes)])
            {
                svg.Path([(x, y - 5), (x + 30, y - 5)], Colors[i % Colors.Length], dashes);
                svg.Text(x + 38, y, $"{line.Backend} {name}", "name");
                y += 22;
            }
        }

        svg.Disc(x + 15, y + 5, 4, "white", Frame);
        svg.Text(x + 38, y + 10, "some not done", "quiet");
    }

    private static double X(double rate, Axis rates) => Left + (rates.Share(rate) * (Right - Left));

    private static double Y(double time, Axis times) => Bottom - (times.Share(time) * (Bottom - Top));

    /// <summary>A logarithmic axis.</summary>
    /// <param name="Ticks">Rising, of 1, 2 or 5 times a power of ten each; at least two.</param>
    private sealed record Axis(IReadOnlyList<double> Ticks)
    {
        /// <summary>The shortest that holds all values.</summary>
        public static Axis Around(IReadOnlyCollection<double> values)
        {
            var (least, most) = (values.Min(), values.Max());
            var ticks = Enumerable.Range((int)Math.Floor(Math.Log10(least)), 20).SelectMany(power => ((double[])[1, 2, 5]).Select(times => times * Math.Pow(10, power))).ToList();
            var (first, last) = (ticks.FindLastIndex(tick => tick <= least), ticks.FindIndex(tick => tick >= most));
            return new Axis(ticks[first..(Math.Max(last, first + 1) + 1)]);
        }

        /// <summary>Where a value stands: 0 at the first tick, 1 at the last.</summary>
        public double Share(double value) => Math.Log(value / Ticks[0]) / Math.Log(Ticks[^1] / Ticks[0]);
    }

    private sealed record Point(double Rate, double Median, double Tail, bool AllDone);

    private sealed record Line(string Backend, IReadOnlyList<Point> Points)
    {
        /// <summary>One for each backend of a table. A rate at which nothing was done at all has no times.</summary>
        public static IEnumerable<Line> Of(ResultTable table)
        {
            var names = table.Columns.Select(column => column.Name).ToList();
            return table.Rows
                .Where(row => Number(row, TrafficTables.Median) is not null)
                .GroupBy(row => row[0].Text ?? "")
                .Select(rows => new Line(rows.Key, [.. rows.Select(PointOf).OrderBy(point => point.Rate)]));

            Point PointOf(IReadOnlyList<Cell> row) => new(
                Number(row, TrafficTables.DuePerSecond) ?? 0, Number(row, TrafficTables.Median) ?? 0, Number(row, TrafficTables.Tail) ?? 0,
                TrafficTables.NotDone.All(column => Number(row, column) is 0));

            double? Number(IReadOnlyList<Cell> row, string column) => row[names.IndexOf(column)].Number;
        }
    }
}
