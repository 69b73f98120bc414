using Memory.Benchmarks.Plots;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Growth;

/// <summary>Draws what <c>growth</c> measured: a panel for each call, all on the same logarithmic axes, with a line for each backend.</summary>
internal static class GrowthPlot
{
    // As many panels in a row as there are reads and recalls of a resource: the rest has a row of its own.
    private const int Columns = 5;
    private const double Margin = 16, Head = 96, Width = 196, Height = 224;

    // Of a panel: the room for its names above, and for the numbers on the left and below.
    private const double Above = 40, Left = 40, Below = 32, Right = 12;

    // Colours that people of any colour vision can tell apart (Okabe and Ito, https://jfly.uni-koeln.de/color/), and shapes for print in black.
    private static readonly (string Colour, string Outline)[] Looks =
    [
        ("#0072b2", "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"), ("#d55e00", "M-3.5 -3.5h7v7h-7z"), ("#009e73", "M0 -4.5l4.5 8h-9z"), ("#aa4499", "M0 -5l4.5 5l-4.5 5l-4.5 -5z"),
    ];

    /// <summary>Draws it.</summary>
    /// <param name="measurements">What the command wrote, one for each backend.</param>
    /// <returns>An SVG file.</returns>
    /// <exception cref="InvalidOperationException">There is nothing to draw, or more than can be told apart.</exception>
    public static string Draw(IReadOnlyList<Measurement> measurements)
    {
        var panels = GrowthPanel.Of(measurements);
        string[] backends = [.. panels.SelectMany(panel => panel.Lines).Select(line => line.Backend).Distinct()];
        if (backends.Length == 0 || backends.Length > Looks.Length)
        {
            throw new InvalidOperationException($"There are times of {backends.Length} backends; from 1 to {Looks.Length} can be drawn.");
        }

        var points = panels.SelectMany(panel => panel.Lines).SelectMany(line => line.Points).ToList();
        var across = LogAxis.Over(points.Select(point => point.Messages), Left, Width - Right);
        var upward = LogAxis.Over(points.Select(point => point.Milliseconds), Height - Below, Above);
        var svg = new Svg((2 * Margin) + (Columns * Width), Head + (Math.Ceiling((double)panels.Count / Columns) * Height) + Margin);
        svg.Text(Margin, 38, "What a call takes as the store grows", "title");
        svg.Text(Margin, 58, "Median in milliseconds (upward) by messages stored (across); both axes are logarithmic and the same in every panel.", "quiet");
        for (var i = 0; i < backends.Length; i++)
        {
            var x = Margin + 6 + (i * 150);
            svg.Mark(x, 80, Looks[i].Outline, Looks[i].Colour);
            svg.Text(x + 12, 84, backends[i], "name");
        }

        foreach (var (i, panel) in panels.Index())
        {
            Draw(svg, panel, Margin + (i % Columns * Width), Head + (i / Columns * Height), across, upward, backends);
        }

        return svg.ToString();
    }

    private static void Draw(Svg svg, GrowthPanel panel, double x, double y, LogAxis across, LogAxis upward, string[] backends)
    {
        svg.Text(x + across.Start, y + 18, panel.Call, "name");
        svg.Text(x + across.Start, y + 33, panel.Table, "quiet");
        foreach (var tick in upward.Ticks)
        {
            svg.Line(x + across.Start, y + upward.At(tick), x + across.End, y + upward.At(tick), "grid");
            svg.Text(x + across.Start - 6, y + upward.At(tick) + 4, LogAxis.Label(tick), "quiet end");
        }

        foreach (var tick in across.Ticks)
        {
            svg.Line(x + across.At(tick), y + upward.Start, x + across.At(tick), y + upward.End, "grid");
            svg.Text(x + across.At(tick), y + upward.Start + 16, LogAxis.Label(tick), "quiet middle");
        }

        svg.Line(x + across.Start, y + upward.Start, x + across.End, y + upward.Start, "axis");
        foreach (var line in panel.Lines)
        {
            var (colour, outline) = Looks[Array.IndexOf(backends, line.Backend)];
            List<(double X, double Y)> places = [.. line.Points.Select(point => (x + across.At(point.Messages), y + upward.At(point.Milliseconds)))];
            svg.Path(places, colour);
            places.ForEach(place => svg.Mark(place.X, place.Y, outline, colour));
        }
    }
}
