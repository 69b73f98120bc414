using System.Diagnostics;
using System.Globalization;

namespace Memory.Benchmarks.Load;

/// <summary>
/// A warm-up that ends when the rate no longer rises: what is measured afterwards is compiled code with full caches. Core's append with vectors takes some
/// thousands of calls to get there.
/// </summary>
internal static class SteadyRate
{
    /// <summary>Messages of one stretch, over which a rate is taken.</summary>
    public const int Stretch = 2_000;

    private const int LeastStretches = 10;
    private const int MostStretches = 40;
    private const int Compared = 3;
    private const double Tolerance = 0.05;
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(3);

    /// <summary>Does stretch after stretch, and tells how it went.</summary>
    /// <param name="run">Does a stretch, given its number, and returns the time it took.</param>
    public static async Task<string> ReachAsync(Func<int, Task<TimeSpan>> run)
    {
        List<double> rates = [];
        var start = Stopwatch.GetTimestamp();
        while (rates.Count < LeastStretches || (rates.Count < MostStretches && (Stopwatch.GetElapsedTime(start) < Least || !IsSteady(rates))))
        {
            rates.Add(Stretch / (await run(rates.Count)).TotalSeconds);
        }

        var state = IsSteady(rates) ? "steady" : "NOT steady";
        return string.Create(CultureInfo.InvariantCulture,
            $"warmed up once by {rates.Count * Stretch:N0} messages, then {state}: {Before(rates):N0} and {Last(rates):N0} msg/s, the medians of the last two times {Compared} stretches of {Stretch:N0}");
    }

    private static bool IsSteady(List<double> rates) => Last(rates) <= Before(rates) * (1 + Tolerance);

    private static double Last(List<double> rates) => Outcome.Median(rates.TakeLast(Compared));

    private static double Before(List<double> rates) => Outcome.Median(rates.SkipLast(Compared).TakeLast(Compared));
}
