namespace Memory.Benchmarks.Traffic;

/// <summary>When the requests of many users who know nothing of each other arrive: a Poisson process, the same one for the same seed.</summary>
internal static class PoissonArrivals
{
    /// <summary>The arrivals within a length of time, in order.</summary>
    /// <param name="perSecond">How many a second, in the long run.</param>
    /// <param name="length">For how long.</param>
    /// <param name="seed">Which one of all such processes.</param>
    public static IEnumerable<TimeSpan> Within(TimeSpan length, double perSecond, int seed)
    {
        var random = new Random(seed);
        for (var at = Gap(); at < length; at += Gap())
        {
            yield return at;
        }

        // Gaps are exponential; NextDouble can be 0 and never 1.
        TimeSpan Gap() => TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / perSecond);
    }
}
