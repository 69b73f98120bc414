using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Memory.Core;

/// <summary>What a check found.</summary>
/// <param name="Check">What was checked, in a word or two: <c>address</c>, <c>write</c>.</param>
/// <param name="State">How it is.</param>
/// <param name="Text">What was found, in one line and without a secret.</param>
/// <param name="Fix">What to do about it; null when there is nothing to do.</param>
public sealed record Finding(string Check, FindingState State, string Text, string? Fix = null)
{
    // From here on time-outs and leases of two machines begin to disagree, and messages get times that surprise.
    private static readonly TimeSpan MostClockDifference = TimeSpan.FromSeconds(2);

    private const int RoundTrips = 5;

    /// <summary>All is well.</summary>
    public static Finding Ok(string check, string text) => new(check, FindingState.Ok, text);

    /// <summary>It works, and somebody should look at it.</summary>
    public static Finding Warning(string check, string text, string fix) => new(check, FindingState.Warning, text, fix);

    /// <summary>It does not work.</summary>
    public static Finding Failed(string check, string text, string fix) => new(check, FindingState.Failed, text, fix);

    /// <summary>A server that could not be reached, with what its name, its port or its certificate did.</summary>
    /// <param name="place">Where it should be.</param>
    /// <param name="fault">What was thrown.</param>
    /// <param name="setting">What names the place.</param>
    public static Finding Unreachable(string place, MemoryStoreException fault, string setting)
    {
        for (Exception? inner = fault; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return Failed("address", $"the name of {place} cannot be resolved", $"correct the address ({setting}), or this machine's name server");
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return Failed("address", $"nothing listens at {place}", $"start the server, or correct the address ({setting})");
                case AuthenticationException:
                    return Failed("address", $"{place} has no certificate that this machine trusts, or does not speak TLS", $"correct the address ({setting}), or the server's certificate");
            }
        }

        return Failed("address", $"{place}: {fault.Reason}", $"see that the server runs and that this machine may reach it ({setting})");
    }

    /// <summary>How far a schema is from what this program knows.</summary>
    /// <param name="found">The version that is there; 0 for none.</param>
    /// <param name="known">The version that this program knows.</param>
    public static Finding OfSchema(int found, int known) => found switch
    {
        0 => Warning("schema", "there is none yet", "it is made at the first use, or by 'memory schema apply'"),
        _ when found > known => Failed("schema", $"it is at version {found}, and this program knows versions up to {known}", "use a newer program"),
        _ when found < known => Warning("schema", $"it is at version {found}, and this program writes version {known}", "it is brought up to date at the next use, or by 'memory schema apply'"),
        _ => Ok("schema", $"version {found}, which is this program's"),
    };

    /// <summary>How far a server's clock is from this machine's.</summary>
    /// <param name="server">The server's time, as of <paramref name="here"/>.</param>
    /// <param name="here">This machine's.</param>
    public static Finding OfClock(DateTimeOffset server, DateTimeOffset here)
    {
        var ahead = here - server;
        var text = string.Create(CultureInfo.InvariantCulture, $"this machine is {ahead.Duration().TotalSeconds:0.0} s {(ahead < TimeSpan.Zero ? "behind" : "ahead of")} the server");
        return ahead.Duration() > MostClockDifference ? Warning("clock", text, "set the clocks by NTP: leases and time limits count on them") : Ok("clock", text);
    }

    /// <summary>How long the cheapest call takes: the median of five.</summary>
    public static async Task<Finding> OfRoundTripAsync(TimeProvider clock, Func<Task> call)
    {
        var times = new double[RoundTrips];
        for (var i = 0; i < RoundTrips; i++)
        {
            var start = clock.GetTimestamp();
            await call();
            times[i] = clock.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return Ok("round trip", string.Create(CultureInfo.InvariantCulture, $"{times[RoundTrips / 2]:0.##} ms, the median of {RoundTrips}"));
    }
}

/// <summary>How something is.</summary>
public enum FindingState
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, and somebody should look at it.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Failed,
}
