using System.Diagnostics;

namespace Memory.Core;

/// <summary>Carries a trace to where no call leads: with an operation, a message of a queue, a worker's wake-up (https://www.w3.org/TR/trace-context/#traceparent-header).</summary>
public static class TraceParent
{
    /// <summary>The span that runs here as a <c>traceparent</c>; null when there is none, or neither its caller nor anybody here records it.</summary>
    public static string? Current =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C } current && (current.Recorded || Telemetry.Source.HasListeners()) ? current.Id : null;

    /// <summary>
    /// Starts a span that goes on with a trace from elsewhere: as its child, with a link to what runs here if that belongs to another trace; as a child of what runs here if it is of that trace
    /// already, or if there is no other.
    /// </summary>
    /// <param name="name">The span's name.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="traceparent">Where the trace comes from; null, or whatever is none, for nowhere.</param>
    /// <returns>The span, for the caller to end; null when nobody listens.</returns>
    public static Activity? Start(string name, ActivityKind kind, string? traceparent)
    {
        if (!Telemetry.Source.HasListeners())
        {
            return null;
        }

        var here = Activity.Current;
        return !ActivityContext.TryParse(traceparent, traceState: null, isRemote: true, out var parent) || here?.TraceId == parent.TraceId
            ? Telemetry.Source.StartActivity(name, kind)
            : Telemetry.Source.StartActivity(name, kind, parent, links: here is null ? null : [new ActivityLink(here.Context)]);
    }
}
