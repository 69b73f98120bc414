using System.Diagnostics.Metrics;

namespace Memory.Core;

/// <summary>Counts what goes to the backends and comes back, for the metrics <c>memory.backend.*</c> and for the receipt of whoever asked for one. Each adapter calls it in one place.</summary>
public static class BackendCalls
{
    private static readonly Counter<long> Requests =
        Telemetry.Meter.CreateCounter<long>("memory.backend.requests", "{request}", "Round trips to the storage; of a file, transactions.");

    private static readonly Counter<long> Commands = Telemetry.Meter.CreateCounter<long>("memory.backend.commands", "{command}", "Statements or commands that the requests carried.");

    private static readonly Counter<long> Sent = Telemetry.Meter.CreateCounter<long>("memory.backend.sent", "By", "Bytes sent to the storage.");

    private static readonly Counter<long> Received = Telemetry.Meter.CreateCounter<long>("memory.backend.received", "By", "Bytes received from the storage.");

    /// <summary>Whether anybody wants to know: what costs something to count is counted only then.</summary>
    public static bool IsCounted => Requests.Enabled || CostReceipt.Current is not null;

    /// <summary>Notes one request.</summary>
    /// <param name="system">The backend, as <c>db.system.name</c> says it.</param>
    /// <param name="commands">How many statements or commands it carries.</param>
    /// <param name="receipt">Who pays for it; null when that is noted elsewhere.</param>
    public static void Request(string system, int commands, CostReceipt? receipt)
    {
        var tag = new KeyValuePair<string, object?>("db.system.name", system);
        Requests.Add(1, tag);
        Commands.Add(commands, tag);
        receipt?.AddRequest(commands);
    }

    /// <summary>Notes commands of a request that is noted elsewhere, and paid for there too.</summary>
    /// <param name="system">The backend, as <c>db.system.name</c> says it.</param>
    /// <param name="commands">How many.</param>
    public static void More(string system, int commands) => Commands.Add(commands, new KeyValuePair<string, object?>("db.system.name", system));

    /// <summary>Notes bytes in either direction, as they are before compression and encryption.</summary>
    /// <param name="system">The backend, as <c>db.system.name</c> says it.</param>
    /// <param name="sent">Bytes that went there.</param>
    /// <param name="received">Bytes that came back.</param>
    /// <param name="receipt">Who pays for them; null when that is noted elsewhere.</param>
    public static void Bytes(string system, long sent, long received, CostReceipt? receipt)
    {
        var tag = new KeyValuePair<string, object?>("db.system.name", system);
        if (sent > 0)
        {
            Sent.Add(sent, tag);
        }

        if (received > 0)
        {
            Received.Add(received, tag);
        }

        receipt?.AddBytes(sent, received);
    }
}
