using System.Globalization;

namespace Memory.Benchmarks.Growth;

/// <summary>A logarithmic axis from one power of ten to another.</summary>
/// <param name="From">The exponent of the first.</param>
/// <param name="To">The exponent of the last; greater.</param>
/// <param name="Start">Where the first is drawn.</param>
/// <param name="End">Where the last is drawn.</param>
internal sealed record LogAxis(int From, int To, double Start, double End)
{
    /// <summary>The shortest that has room for all values, which are greater than zero.</summary>
    public static LogAxis Over(IEnumerable<double> values, double start, double end)
    {
        var exponents = values.Select(Math.Log10).DefaultIfEmpty(0).ToList();
        var from = (int)Math.Floor(exponents.Min());
        return new LogAxis(from, Math.Max(from + 1, (int)Math.Ceiling(exponents.Max())), start, end);
    }

    /// <summary>The powers of ten.</summary>
    public IEnumerable<double> Ticks => Enumerable.Range(From, To - From + 1).Select(exponent => Math.Pow(10, exponent));

    /// <summary>Where a value is drawn.</summary>
    public double At(double value) => Start + ((Math.Log10(value) - From) / (To - From) * (End - Start));

    /// <summary>A power of ten as people write it: 0.01, 100, 1k, 1M.</summary>
    public static string Label(double tick) => tick switch
    {
        >= 1e6 => $"{Number(tick / 1e6)}M",
        >= 1e3 => $"{Number(tick / 1e3)}k",
        _ => Number(tick),
    };

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
