using System.Globalization;
using System.Xml.Linq;

namespace Memory.Benchmarks.Plots;

/// <summary>A picture on white, in pixels from its upper left corner.</summary>
internal sealed class Svg
{
    private static readonly XNamespace Namespace = "http://www.w3.org/2000/svg";

    private readonly XElement root;

    /// <summary>An empty picture.</summary>
    public Svg(double width, double height)
    {
        root = Element("svg", null, ("width", width), ("height", height), ("viewBox", Invariant($"0 0 {width} {height}")), ("font-family", "Helvetica, Arial, sans-serif"));
        root.Add(Element("rect", null, ("width", width), ("height", height), ("fill", "white")));
    }

    /// <summary>A straight line.</summary>
    public void Line((double X, double Y) from, (double X, double Y) to, string color, double width = 1) =>
        root.Add(Element("line", null, ("x1", from.X), ("y1", from.Y), ("x2", to.X), ("y2", to.Y), ("stroke", color), ("stroke-width", width)));

    /// <summary>Lines from point to point.</summary>
    /// <param name="points">The points.</param>
    /// <param name="color">Of the lines.</param>
    /// <param name="dashes">Lengths of dashes and gaps, as SVG has them; none for a line without gaps.</param>
    public void Path(IEnumerable<(double X, double Y)> points, string color, string dashes = "none") => root.Add(Element(
        "polyline", null, ("points", string.Join(' ', points.Select(point => Invariant($"{point.X:0.#},{point.Y:0.#}")))), ("fill", "none"), ("stroke", color), ("stroke-width", 2),
        ("stroke-dasharray", dashes), ("stroke-linejoin", "round")));

    /// <summary>A disc with a rim.</summary>
    public void Disc((double X, double Y) center, double radius, string fill, string rim) =>
        root.Add(Element("circle", null, ("cx", center.X), ("cy", center.Y), ("r", radius), ("fill", fill), ("stroke", rim), ("stroke-width", 2)));

    /// <summary>A line of text.</summary>
    /// <param name="at">Where its baseline begins, has its middle or ends.</param>
    /// <param name="text">The text.</param>
    /// <param name="anchor">Which of these: start, middle or end.</param>
    /// <param name="size">Of the font.</param>
    /// <param name="turn">Degrees, clockwise.</param>
    public void Text((double X, double Y) at, string text, string anchor = "start", double size = 13, double turn = 0) => root.Add(Element(
        "text", text, ("x", at.X), ("y", at.Y), ("font-size", size), ("text-anchor", anchor), ("fill", "#222"), ("transform", Invariant($"rotate({turn} {at.X} {at.Y})"))));

    /// <summary>As a file has it.</summary>
    public override string ToString() => root + "\n";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static XElement Element(string name, string? text, params IEnumerable<(string Name, object Value)> attributes) =>
        new(Namespace + name, attributes.Select(attribute => new XAttribute(attribute.Name, attribute.Value)), text);
}
