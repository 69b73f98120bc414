namespace Memory.Benchmarks.Faults;

/// <summary>A fault cannot be had on this machine, or makes no sense for a backend; the message says why.</summary>
internal sealed class LeftOutException(string reason) : Exception(reason);
