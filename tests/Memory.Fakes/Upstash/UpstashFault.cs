using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Memory.Fakes;

/// <summary>What goes wrong with a request to one of the stand-ins of Upstash's services: before the request is applied, unless it says otherwise.</summary>
public sealed record UpstashFault
{
    private UpstashFault()
    {
    }

    /// <summary>The connection is reset instead of an answer.</summary>
    public static UpstashFault Cut { get; } = new() { How = Breakage.Cut };

    /// <summary>No answer until the caller hangs up.</summary>
    public static UpstashFault Hang { get; } = new() { How = Breakage.Hang };

    /// <summary>The request is applied, and its answer ends in the middle of its body.</summary>
    public static UpstashFault HalfAnswer { get; } = new() { How = Breakage.Half, IsApplied = true };

    /// <summary>The same fault, but the request is applied before it goes wrong, which the caller can't know.</summary>
    public UpstashFault AfterApplying => this with { IsApplied = true };

    internal bool IsApplied { get; private init; }

    private Breakage How { get; init; }

    private int Status { get; init; }

    private string? Body { get; init; }

    private TimeSpan? RetryAfter { get; init; }

    /// <summary>An answer with this status.</summary>
    /// <param name="status">Any status.</param>
    /// <param name="body">Its body; null makes <c>{"error":"A scripted fault."}</c>.</param>
    /// <param name="retryAfter">Its <c>Retry-After</c>, in whole seconds; null leaves the header out.</param>
    public static UpstashFault Answer(int status, string? body = null, TimeSpan? retryAfter = null) =>
        new() { How = Breakage.Answer, Status = status, Body = body, RetryAfter = retryAfter };

    /// <summary>What is answered instead of the right answer, which is there when the request was applied; null when nothing is.</summary>
    internal UpstashAnswer? Instead(UpstashAnswer? right) => How switch
    {
        Breakage.Answer => new UpstashAnswer(Status, Encoding.UTF8.GetBytes(Body ?? """{"error":"A scripted fault."}"""), Headers()),
        Breakage.Half => right?.CutShort(),
        _ => null,
    };

    /// <summary>Leaves the caller without an answer.</summary>
    internal async Task KeepSilentAsync(HttpContext context)
    {
        if (How == Breakage.Hang)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
            return;
        }

        // Not Abort, which may look like an orderly end.
        var socket = context.Features.Get<IConnectionSocketFeature>()!.Socket; // Kestrel's own connections are sockets
        socket.LingerState = new(enable: true, seconds: 0);
        socket.Close();
    }

    private (string Name, string Value)[] Headers() =>
        RetryAfter is { } wait ? [("Retry-After", ((int)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture))] : [];

    private enum Breakage
    {
        Answer,
        Cut,
        Hang,
        Half,
    }
}
