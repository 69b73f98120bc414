using System.ComponentModel.DataAnnotations;

namespace Memory.Core;

/// <summary>How accepted work is worked off (configuration: <c>Memory:Operations</c>).</summary>
public sealed class OperationOptions
{
    /// <summary>How often an operation is tried before it counts as failed.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 5;

    /// <summary>How long a worker may keep an operation before another takes it over, in seconds. An append takes milliseconds.</summary>
    [Range(1, 3600)]
    public int LeaseSeconds { get; set; } = 30;

    /// <summary>How often the worker looks for work that nobody announced, in seconds.</summary>
    [Range(0.05, 3600)]
    public double SweepSeconds { get; set; } = 2;

    /// <summary>How long a succeeded operation can be asked about, in hours.</summary>
    [Range(0, 8760)]
    public int RetentionHours { get; set; } = 168;
}
