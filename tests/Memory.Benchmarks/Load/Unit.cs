using System.Globalization;

namespace Memory.Benchmarks.Load;

/// <summary>What a figure counts, and how it is written.</summary>
/// <param name="Name">As it stands behind the figure.</param>
/// <param name="MoreIsBetter">Which way is better.</param>
/// <param name="Format">Of the number.</param>
internal sealed record Unit(string Name, bool MoreIsBetter, string Format)
{
    /// <summary>Messages a second.</summary>
    public static Unit PerSecond { get; } = new("msg/s", true, "N0");

    /// <summary>Milliseconds; two figures are p50 and p95.</summary>
    public static Unit Milliseconds { get; } = new("ms", false, "0.00");

    /// <summary>MiB.</summary>
    public static Unit Mebibytes { get; } = new("MiB", false, "0");

    /// <summary>Bytes.</summary>
    public static Unit Bytes { get; } = new("B", false, "N0");

    /// <summary>Of a hundred.</summary>
    public static Unit Percent { get; } = new("%", true, "0.0");

    /// <summary>So many times as much.</summary>
    public static Unit Times { get; } = new("×", true, "0.00");

    /// <summary>A figure with its unit.</summary>
    public string Write(Outcome outcome) => outcome.Tail is { } tail && outcome.Main != tail
        ? $"{Number(outcome.Main)} / {Number(tail)} {Name}"
        : $"{Number(outcome.Main)} {Name}";

    /// <summary>How many times better one figure is than another.</summary>
    public double Advantage(Outcome ours, Outcome theirs) => MoreIsBetter ? ours.Main / theirs.Main : theirs.Main / ours.Main;

    private string Number(double value) => value.ToString(Format, CultureInfo.InvariantCulture);
}
