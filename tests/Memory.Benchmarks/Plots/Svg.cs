using System.Globalization;
using System.Security;
using System.Text;

namespace Memory.Benchmarks.Plots;

/// <summary>A drawing as it is written: shapes at places in pixels, on white, so that it can be read on a page of any colour.</summary>
internal sealed class Svg(double width, double height)
{
    private readonly StringBuilder shapes = new();

    /// <summary>Writes a text.</summary>
    /// <param name="x">Where it begins, ends, or has its middle, as its style says.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">The text.</param>
    /// <param name="style">Classes of the style sheet.</param>
    public void Text(double x, double y, string text, string style) =>
        shapes.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" class=\"{style}\">{SecurityElement.Escape(text)}</text>\n");

    /// <summary>Draws a straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, string style) =>
        shapes.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" class=\"{style}\"/>\n");

    /// <summary>Draws from point to point.</summary>
    /// <param name="points">The points.</param>
    /// <param name="colour">Of the line.</param>
    /// <param name="dashes">Lengths of dashes and gaps, as SVG has them; none for a line without gaps.</param>
    public void Path(IEnumerable<(double X, double Y)> points, string colour, string dashes = "none")
    {
        var places = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#},{point.Y:0.#}")));
        shapes.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{places}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\" stroke-linejoin=\"round\"/>\n");
    }

    /// <summary>Puts a shape on a point.</summary>
    /// <param name="x">The point.</param>
    /// <param name="y">The same.</param>
    /// <param name="outline">The shape around (0, 0), in the language of SVG's paths.</param>
    /// <param name="colour">Its colour.</param>
    public void Mark(double x, double y, string outline, string colour) =>
        shapes.Append(CultureInfo.InvariantCulture, $"<path transform=\"translate({x:0.#} {y:0.#})\" d=\"{outline}\" fill=\"{colour}\"/>\n");

    /// <summary>Puts a disc with a rim on a point.</summary>
    public void Disc(double x, double y, double radius, string fill, string rim) =>
        shapes.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"{radius:0.#}\" fill=\"{fill}\" stroke=\"{rim}\" stroke-width=\"2\"/>\n");

    /// <summary>The file.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $$"""
        <svg xmlns="http://www.w3.org/2000/svg" width="{{width:0}}" height="{{height:0}}" viewBox="0 0 {{width:0}} {{height:0}}">
        <style>
        text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; fill: #24292f }
        .title { font-size: 18px; font-weight: 600 }
        .name { font-size: 13px; font-weight: 600 }
        .quiet { fill: #57606a }
        .middle { text-anchor: middle }
        .end { text-anchor: end }
        .grid { stroke: #d8dee4 }
        .axis { stroke: #57606a }
        </style>
        <rect width="100%" height="100%" rx="8" fill="#ffffff"/>
        {{shapes}}</svg>

        """);
}
