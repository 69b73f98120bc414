using System.Diagnostics;
using OpenTelemetry;

namespace Memory.Hosting;

/// <summary>Leaves out calls to a backend or a queue that belong to nothing: workers look for work every few seconds, and a trace of each would bury all others.</summary>
internal sealed class IdleLooks : BaseProcessor<Activity>
{
    /// <inheritdoc/>
    public override void OnEnd(Activity data)
    {
        if (data.Kind == ActivityKind.Client && data.ParentSpanId == default)
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded; // which exporters look at
        }
    }
}
