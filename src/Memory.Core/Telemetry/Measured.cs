using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Memory.Core;

/// <summary>A use case under way, with its span and its duration, as far as anybody wants them.</summary>
internal readonly struct Measured : IDisposable
{
    private readonly Histogram<double> duration;
    private readonly TimeProvider clock;
    private readonly long start;

    private Measured(Activity? span, Histogram<double> duration, TimeProvider clock) =>
        (Span, this.duration, this.clock, start) = (span, duration, clock, duration.Enabled ? clock.GetTimestamp() : 0);

    /// <summary>The span; null when nobody listens.</summary>
    public Activity? Span { get; }

    public static Measured Start(string name, Histogram<double> duration, TimeProvider clock) => new(Telemetry.Source.StartActivity(name), duration, clock);

    /// <summary>What an exception is to the conventions' <c>error.type</c>: the API's code, or a bug's type.</summary>
    public static string ErrorType(Exception fault) => fault switch
    {
        RefusedException refused => refused.Code.Name(),
        MemoryStoreException or EmbeddingException => ErrorCodes.BackendUnavailable,
        _ => fault.GetType().FullName ?? fault.GetType().Name,
    };

    /// <summary>Notes on a span why it failed. Not in words: they may name a resource.</summary>
    public static void Fail(Activity? span, Exception fault) => span?.SetTag("error.type", ErrorType(fault)).SetStatus(ActivityStatusCode.Error);

    /// <summary>Notes that it was done.</summary>
    public void End()
    {
        if (duration.Enabled && start != 0)
        {
            duration.Record(clock.GetElapsedTime(start).TotalSeconds);
        }
    }

    /// <summary>Notes that it failed; for the filter of a catch that never catches.</summary>
    /// <returns>False.</returns>
    public bool Fail(Exception fault)
    {
        Fail(Span, fault);
        if (duration.Enabled && start != 0)
        {
            duration.Record(clock.GetElapsedTime(start).TotalSeconds, new KeyValuePair<string, object?>("error.type", ErrorType(fault)));
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => Span?.Dispose();
}
