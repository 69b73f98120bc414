using System.ComponentModel.DataAnnotations;

namespace Memory.Core;

/// <summary>How long conversations are kept (configuration: <c>Memory:Retention</c>).</summary>
public sealed class RetentionOptions
{
    /// <summary>After how many days without a change a thread is removed that has no time to live of its own; 0 for never.</summary>
    [Range(0, 3_650)]
    public int ThreadDays { get; set; }

    /// <summary>Whether these threads are only counted, and the log says how many they are. Threads with a time to live of their own are removed all the same: whoever gave it to them wanted that.</summary>
    public bool DryRun { get; set; } = true;
}
