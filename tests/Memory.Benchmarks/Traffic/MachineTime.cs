using System.Globalization;

namespace Memory.Benchmarks.Traffic;

/// <summary>What all processes together have had of the machine's processors since it began, in the system's ticks; only the share of two differences means something.</summary>
/// <param name="Busy">Ticks in which a processor did something, or would have if the machine it is a part of had let it.</param>
/// <param name="All">All ticks.</param>
internal readonly record struct MachineTime(long Busy, long All)
{
    // https://man7.org/linux/man-pages/man5/proc_stat.5.html: user nice system idle iowait irq softirq steal; what follows is part of these.
    private const int Idle = 3, Waiting = 4, Fields = 8;

    /// <summary>Reads it; null where there is no /proc.</summary>
    public static MachineTime? Now() => OperatingSystem.IsLinux() ? Parse(File.ReadLines("/proc/stat").First()) : null;

    /// <summary>How many processors were busy, on average.</summary>
    public double CoresSince(MachineTime before) => All == before.All ? 0 : (double)(Busy - before.Busy) / (All - before.All) * Environment.ProcessorCount;

    /// <summary>Reads the first line of /proc/stat.</summary>
    public static MachineTime Parse(string line)
    {
        var ticks = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(Fields).Select(field => long.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        return new MachineTime(ticks.Sum() - ticks[Idle] - ticks[Waiting], ticks.Sum());
    }
}
