using System.Diagnostics.Metrics;
using Memory.Core;

namespace Memory.Storage.Postgres;

/// <summary>
/// What goes to PostgreSQL and comes back. Npgsql counts the bytes of a connection as it writes and reads them, in the flow of the call that it does so for, so that its counters tell the call's
/// receipt too.
/// </summary>
internal static class PostgresTraffic
{
    /// <summary>What it is in telemetry: <c>db.system.name</c>.</summary>
    public const string System = "postgresql";

    private const string Meter = "Npgsql", Written = "db.client.operation.npgsql.bytes_written", Read = "db.client.operation.npgsql.bytes_read";

    // Made when somebody first wants to know, and there until the process ends.
    private static readonly Lazy<MeterListener> Listener = new(Listen);

    /// <summary>Notes a statement that is about to be sent.</summary>
    public static void Request()
    {
        if (BackendCalls.IsCounted)
        {
            _ = Listener.Value;
            BackendCalls.Request(System, commands: 1, CostReceipt.Current);
        }
    }

    private static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == Meter && instrument.Name is Written or Read)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(static (instrument, bytes, _, _) => Note(instrument, bytes));
        listener.SetMeasurementEventCallback<int>(static (instrument, bytes, _, _) => Note(instrument, bytes));
        listener.Start();
        return listener;
    }

    private static void Note(Instrument instrument, long bytes)
    {
        var isWritten = instrument.Name == Written;
        BackendCalls.Bytes(System, isWritten ? bytes : 0, isWritten ? 0 : bytes, CostReceipt.Current);
    }
}
