using Memory.Fakes;

namespace Memory.Benchmarks.Faults;

/// <summary>What a network does to what passes through it.</summary>
internal static class Network
{
    // From nothing of an answer to a good part of a page.
    private const int MostBytes = 4_000;

    /// <summary>Cuts everything, loses an answer after its request arrived or in its middle, or holds everything up for a while.</summary>
    public static async Task StrikeAsync(TcpProxy proxy, Random random, CancellationToken over)
    {
        switch (random.Next(4))
        {
            case 0:
                proxy.Cut();
                break;
            case 1:
                proxy.CutAfter(1);
                break;
            case 2:
                proxy.CutAfter(random.Next(1, MostBytes));
                break;
            default:
                proxy.Delay = TimeSpan.FromMilliseconds(random.Next(20, 200));
                await random.PauseAsync(100, 400, over);
                proxy.Cut();
                proxy.Delay = TimeSpan.Zero;
                break;
        }
    }
}
