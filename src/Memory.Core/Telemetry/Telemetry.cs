using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Memory.Core;

/// <summary>The product's spans and instruments. Nothing is measured, and nothing is allocated, while nobody listens. What there is stands in docs/observability.md.</summary>
public static class Telemetry
{
    /// <summary>The name of the source of spans, and of the meter.</summary>
    public const string Name = "Memory";

    /// <summary>Where the product's spans come from.</summary>
    public static ActivitySource Source { get; } = new(Name);

    internal static Meter Meter { get; } = new(Name);
}
