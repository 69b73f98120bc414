using System.Xml.Linq;
using Memory.Benchmarks.Plots;
using Memory.Benchmarks.Results;
using Memory.Benchmarks.Traffic;

namespace Memory.Benchmarks.Tests;

public sealed class LoadPlotTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void A_plot_has_two_lines_for_each_backend_with_a_mark_for_each_rate()
    {
        var picture = XDocument.Parse(LoadPlot.Draw([Run("libsql", (100, 2, 5, 0), (200, 4, 80, 0), (250, 900, 4_000, 17)), Run("postgres", (50, 3, 9, 0), (100, 5, 30, 0))]));

        var lines = picture.Descendants(Svg + "polyline").ToList();
        Assert.Equal([3, 3, 2, 2, 2, 2, 2, 2], lines.Select(Points)); // the last four are samples in the legend
        Assert.Equal(2, lines.Select(line => line.Attribute("stroke")!.Value).Distinct().Count());
        Assert.Equal(2 + 1, picture.Descendants(Svg + "circle").Count(mark => mark.Attribute("fill")!.Value == "white")); // both percentiles of the rate at which some were refused, and the legend
        Assert.Superset(
            new HashSet<string> { "libsql p50", "libsql p99", "postgres p50", "postgres p99", "2 ms", "10 ms", "100 ms", "1 s", "5 s", "50", "100", "500" },
            picture.Descendants(Svg + "text").Select(text => text.Value).ToHashSet());
    }

    [Fact]
    public void Longer_times_are_higher_by_the_same_for_the_same_factor()
    {
        var line = XDocument.Parse(LoadPlot.Draw([Run("libsql", (100, 1, 1, 0), (200, 10, 10, 0), (300, 100, 100, 0))])).Descendants(Svg + "polyline").First();
        var heights = line.Attribute("points")!.Value.Split(' ').Select(point => double.Parse(point.Split(',')[1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.True(heights[0] > heights[1]);
        Assert.Equal(heights[0] - heights[1], heights[1] - heights[2], tolerance: 0.2);
    }

    [Fact]
    public void Nothing_to_draw_is_a_fault() => Assert.Throws<InvalidOperationException>(() => LoadPlot.Draw([Run("libsql")]));

    private static int Points(XElement line) => line.Attribute("points")!.Value.Split(' ').Length;

    private static Measurement Run(string backend, params (double Rate, double Median, double Tail, double Overloaded)[] steps) => new(
        new Dictionary<string, string>(),
        [
            new ResultTable(
                TrafficTables.OpenLoop,
                [new("backend"), new(TrafficTables.DuePerSecond, "0"), new(TrafficTables.Median, "0"), new(TrafficTables.Tail, "0"), .. TrafficTables.NotDone.Select(name => new Column(name, "0"))],
                [.. steps.Select(step => (IReadOnlyList<Cell>)[backend, step.Rate, step.Median, step.Tail, 0.0, step.Overloaded, 0.0])]),
        ]);
}
