using System.Diagnostics.Metrics;

namespace Memory.Core;

/// <summary>Counts what is sent again after a fault, as <c>memory.retries</c>.</summary>
public static class Retries
{
    private static readonly Counter<long> Count = Telemetry.Meter.CreateCounter<long>("memory.retries", "{retry}", "Requests that were sent again after a fault.");

    /// <summary>Notes a request that goes to a backend again.</summary>
    /// <param name="system">As <c>db.system.name</c> says it.</param>
    public static void OfBackend(string system) => Count.Add(1, new KeyValuePair<string, object?>("db.system.name", system));

    /// <summary>Notes a request that goes to an embedder again.</summary>
    /// <param name="provider">As <c>gen_ai.provider.name</c> says it.</param>
    public static void OfEmbedder(string provider) => Count.Add(1, new KeyValuePair<string, object?>("gen_ai.provider.name", provider));
}
