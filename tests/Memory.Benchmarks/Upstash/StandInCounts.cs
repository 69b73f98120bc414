using System.Globalization;

namespace Memory.Benchmarks.Upstash;

/// <summary>What the stand-ins were asked.</summary>
/// <param name="Requests">Requests.</param>
/// <param name="Commands">Commands or vectors that are billed for them.</param>
internal sealed record StandInCounts(int Requests, int Commands)
{
    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static StandInCounts Parse(string? line) => line?.Split(' ') is [var requests, var commands]
        ? new StandInCounts(int.Parse(requests, CultureInfo.InvariantCulture), int.Parse(commands, CultureInfo.InvariantCulture))
        : throw new FormatException($"Stand-ins answered '{line}' and not with two numbers.");

    /// <summary>Both, with a space between them.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Requests} {Commands}");
}
