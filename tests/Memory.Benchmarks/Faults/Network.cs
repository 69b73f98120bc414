using Memory.Fakes;

namespace Memory.Benchmarks.Faults;

/// <summary>What a network does to what passes through it.</summary>
internal static class Network
{
    // From nothing of an answer to a good part of a page.
    private const int MostBytes = 4_000;

    /// <summary>For a while cuts everything, loses answers after their requests arrived or in their middle, or holds everything up and then cuts it.</summary>
    public static async Task StrikeAsync(TcpProxy proxy, Random random, CancellationToken over)
    {
        var how = random.Next(4);
        proxy.Delay = TimeSpan.FromMilliseconds(how == 0 ? random.Next(20, 200) : 0);
        for (var left = random.Next(10, 60); left > 0 && !over.IsCancellationRequested; left--)
        {
            await random.PauseAsync(5, 15, over);
            Break(proxy, how, random);
        }

        proxy.Cut();
        proxy.CutAfter(long.MaxValue);
        proxy.Delay = TimeSpan.Zero;
    }

    private static void Break(TcpProxy proxy, int how, Random random)
    {
        switch (how)
        {
            case 1:
                proxy.Cut();
                break;
            case 2:
                proxy.CutAfter(1);
                break;
            case 3:
                proxy.CutAfter(random.Next(1, MostBytes));
                break;
            default:
                break; // held up
        }
    }
}
