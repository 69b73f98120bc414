using System.Xml.Linq;
using Memory.Benchmarks.Growth;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Tests;

public sealed class GrowthPlotTests
{
    [Fact]
    public void An_axis_goes_from_power_to_power_and_has_a_tick_at_each()
    {
        var axis = LogAxis.Over([0.03, 2, 70], 0, 400);
        Assert.Equal([0.01, 0.1, 1, 10, 100], axis.Ticks.Select(tick => Math.Round(tick, 6)));
        Assert.Equal([0, 100, 200, 300, 400], axis.Ticks.Select(tick => Math.Round(axis.At(tick), 6)));
    }

    [Fact]
    public void An_axis_of_one_value_still_has_a_length() => Assert.Equal([100, 1_000], LogAxis.Over([100], 0, 1).Ticks);

    [Fact]
    public void Ticks_are_written_as_people_write_them() =>
        Assert.Equal(["0.01", "0.1", "1", "1k", "10k", "100k", "1M", "10M"], ((double[])[0.01, 0.1, 1, 1e3, 1e4, 1e5, 1e6, 1e7]).Select(LogAxis.Label));

    [Fact]
    public void A_plot_has_a_panel_for_each_call_and_a_line_for_each_backend()
    {
        var plot = XDocument.Parse(GrowthPlot.Draw([Sample("one"), Sample("other")]));
        Assert.Equal(3 * 2, Lines(plot).Count);
        Assert.All(Lines(plot), line => Assert.Equal(2, line.Attribute("points")?.Value.Split(' ').Length));
        Assert.Equal(["call", "call", "slow call"], Texts(plot).Where(text => text.Contains("call", StringComparison.Ordinal) && !text.Contains("takes", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void What_could_not_be_measured_is_no_point()
    {
        var sample = Sample("one", new GrowthPoint("all", 10_000, null, 0, "left out").Row("one"));
        Assert.Equal(GrowthPlot.Draw([Sample("one")]), GrowthPlot.Draw([sample]));
    }

    [Fact]
    public void Names_cannot_break_the_drawing()
    {
        const string Name = "<b> & \"c\"";
        Assert.Contains(Name, Texts(XDocument.Parse(GrowthPlot.Draw([Sample(Name)]))));
    }

    [Fact]
    public void Nothing_is_no_plot() => Assert.Throws<InvalidOperationException>(() => GrowthPlot.Draw([new Measurement(new Dictionary<string, string>(), [])]));

    private static Measurement Sample(string backend, params IReadOnlyList<Cell>[] more) => new(
        new Dictionary<string, string>(),
        [
            new ResultTable("growth", GrowthPoint.Columns, [Row(backend, "call", 100, 0.5), Row(backend, "call", 1_000, 0.7), Row(backend, "slow call", 100, 20), Row(backend, "slow call", 1_000, 300), .. more]),
            new ResultTable("growth of another kind", GrowthPoint.Columns, [Row(backend, "call", 100, 1), Row(backend, "call", 1_000, 1)]),
            new ResultTable(GrowthSet.ComparedResource, GrowthPoint.Columns, [Row(backend, "call", 1_000, 1), Row(backend, "call", 1_000_000, 1)]),
            new ResultTable("sizes", [new("messages", "N0")], [[100.0]]),
        ]);

    private static List<XElement> Lines(XDocument plot) => [.. plot.Descendants().Where(element => element.Name.LocalName == "polyline")];

    private static List<string> Texts(XDocument plot) => [.. plot.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value)];

    private static IReadOnlyList<Cell> Row(string backend, string call, double messages, double milliseconds) => [backend, call, messages, milliseconds, milliseconds, 10.0, ""];
}
