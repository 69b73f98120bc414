using System.ComponentModel.DataAnnotations;

namespace Memory.Http;

/// <summary>How much is taken on at once, and from one caller (configuration: <c>Memory:Http:Limits</c>).</summary>
public sealed class LimitOptions
{
    /// <summary>How many requests one key, token or user may make in a minute, in the long run; 0 for any number. Each instance counts for itself.</summary>
    [Range(0, 10_000_000)]
    public int RequestsPerMinute { get; set; }

    /// <summary>How many of them at once, after a pause; 0 for a minute's worth.</summary>
    [Range(0, 10_000_000)]
    public int Burst { get; set; }

    /// <summary>How many requests are worked on at a time; as many more wait, and what comes then is turned away with 503.</summary>
    [Range(1, 100_000)]
    public int ConcurrentRequests { get; set; } = 256;

    /// <summary>How many megabytes of bodies are read at a time; requests whose bodies amount to as much again wait, and what comes then is turned away with 503.</summary>
    [Range(8, 65_536)]
    public int BodyMegabytes { get; set; } = 64;

    /// <summary>How many connections the server holds at a time; what comes then is closed. Not on Azure Functions, where the platform has them.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; set; } = 5_000;
}
