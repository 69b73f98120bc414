using System.Threading.RateLimiting;

namespace Memory.Http;

/// <summary>The room that a request's body takes among all that are being read: what it says it will take, or, when it does not say, as much as it turns out to.</summary>
internal sealed class BodyRoom(RateLimiter bodies, RateLimitLease first, int kilobytes) : IDisposable
{
    private const int BytesPerKilobyte = 1_024;
    private readonly List<RateLimitLease> leases = [first];
    private int kilobytes = kilobytes;

    /// <summary>Whether there was room.</summary>
    public bool IsAcquired => first.IsAcquired;

    /// <summary>Takes more room, twice as much each time, when a body has become larger than what it has.</summary>
    /// <exception cref="OverloadedException">There is none. Waiting for it could be waiting for somebody who waits, too.</exception>
    public void Require(int bytes)
    {
        while (bytes > kilobytes * BytesPerKilobyte)
        {
            var lease = bodies.AttemptAcquire(kilobytes);
            if (!lease.IsAcquired)
            {
                lease.Dispose();
                throw new OverloadedException();
            }

            leases.Add(lease);
            kilobytes *= 2;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => leases.ForEach(lease => lease.Dispose());
}

/// <summary>More is asked for at once than there is room for.</summary>
internal sealed class OverloadedException : Exception;
