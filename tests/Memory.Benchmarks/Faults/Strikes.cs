using Memory.Fakes;

namespace Memory.Benchmarks.Faults;

/// <summary>What strikes have in common.</summary>
internal static class Strikes
{
    /// <summary>A while between two numbers of milliseconds, or until the time is over.</summary>
    public static Task PauseAsync(this Random random, int least, int most, CancellationToken over) => PauseAsync(TimeSpan.FromMilliseconds(random.Next(least, most)), over);

    /// <summary>A while, or until the time is over.</summary>
    public static async Task PauseAsync(TimeSpan time, CancellationToken over) =>
        await Task.Delay(time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the end is no fault

    /// <summary>Fills a disk, and makes room again.</summary>
    public static async Task FillAsync(SmallFileSystem disk, Random random, CancellationToken over)
    {
        disk.Fill();
        await random.PauseAsync(200, 800, over);
        disk.Free();
    }
}
