using System.Runtime.InteropServices;

namespace Memory.Benchmarks.Traffic;

/// <summary>Waits on this thread as precisely as the system can: .NET's own waits end on whole milliseconds, and that would count against a service that answers in two.</summary>
internal static class Pause
{
    // What usleep may refuse begins here.
    private const uint MostMicroseconds = 999_999;

    /// <summary>Waits, at most a second. May end early.</summary>
    public static void For(TimeSpan time)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SleepMicroseconds((uint)Math.Clamp(time.TotalMicroseconds, 1, MostMicroseconds)); // a signal may end it, and the caller looks at the clock again
        }
        else
        {
            Thread.Sleep(1);
        }
    }

    [DllImport("libc", EntryPoint = "usleep")]
    private static extern int SleepMicroseconds(uint microseconds);
}
