using Memory.Benchmarks.Upstash;

namespace Memory.Benchmarks.Traffic;

/// <summary>What a step took of the machine and of the backend.</summary>
/// <param name="Server">Processors that the server had, on average.</param>
/// <param name="Driver">Processors that this program had.</param>
/// <param name="Machine">Processors that were busy, whoever with; null where that cannot be read.</param>
/// <param name="ServerMebibytes">The server's resident memory at the end; null where that cannot be read.</param>
/// <param name="Connections">The most connections of the server to its database at once, as seen; null when it has none.</param>
/// <param name="Asked">What the stand-ins were asked; null when there are none.</param>
internal sealed record Usage(double Server, double Driver, double? Machine, double? ServerMebibytes, int? Connections, StandInCounts? Asked)
{
    private const double AllButAll = 0.9;

    /// <summary>What keeps the step from being faster: a processor that has nothing left to give, and who has most of it; otherwise nothing on this machine's side.</summary>
    public string Limit
    {
        get
        {
            if (Machine is not { } busy || busy < AllButAll * Environment.ProcessorCount)
            {
                return "not the processors";
            }

            (string Who, double Cores)[] shares = [("server", Server), ("driver", Driver), ("backend and others", busy - Server - Driver)];
            return $"processors, most of them the {shares.MaxBy(share => share.Cores).Who}'s";
        }
    }
}
