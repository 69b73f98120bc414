using System.Globalization;
using System.Threading.RateLimiting;
using Memory.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Memory.Http;

/// <summary>Turns away what would be too much, before it costs memory: of one caller with 429, of all together with 503.</summary>
internal sealed class Limits : IDisposable
{
    private const int KilobytesPerMegabyte = 1_024, BytesPerKilobyte = 1_024;
    private const int UnknownKilobytes = 16;
    private const int TicksPerSecond = 10; // how often a limiter is replenished

    private readonly LimitOptions options;
    private readonly int burst, largestBody;
    private readonly ConcurrencyLimiter requests, bodies;
    private readonly PartitionedRateLimiter<string>? callers;

    public Limits(IOptions<HttpOptions> options)
    {
        this.options = options.Value.Limits;
        burst = this.options.Burst > 0 ? this.options.Burst : this.options.RequestsPerMinute;
        requests = new ConcurrencyLimiter(Queue(this.options.ConcurrentRequests));
        bodies = new ConcurrencyLimiter(Queue(this.options.BodyMegabytes * KilobytesPerMegabyte));
        largestBody = AppendBatch.MaxBytes / BytesPerKilobyte;
        callers = this.options.RequestsPerMinute == 0 ? null : PartitionedRateLimiter.Create<string, string>(caller => RateLimitPartition.GetTokenBucketLimiter(caller, _ => Bucket()));
    }

    /// <summary>A place among the requests that are worked on; not acquired when there are too many already.</summary>
    public ValueTask<RateLimitLease> EnterAsync(CancellationToken cancellationToken) => requests.AcquireAsync(1, cancellationToken);

    /// <summary>Whether a request has a body, or may have one.</summary>
    public static bool HasBody(HttpRequest request) => request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true;

    /// <summary>Room for a request's body, as large as it says it is; not acquired when there is none.</summary>
    public async ValueTask<BodyRoom> ReserveAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // What is too large is refused unread; what does not say how large it is begins with little, as most are.
        var kilobytes = (int)Math.Clamp(request.ContentLength is { } length ? (length + BytesPerKilobyte - 1) / BytesPerKilobyte : UnknownKilobytes, 1, largestBody);
        return new BodyRoom(bodies, await bodies.AcquireAsync(kilobytes, cancellationToken), kilobytes);
    }

    /// <summary>Counts a request of a caller, and tells them in its answer what is left.</summary>
    /// <exception cref="TooManyRequestsException">Nothing is.</exception>
    public void Count(Caller caller, HttpResponse response)
    {
        if (callers is null || caller == Caller.Open)
        {
            return;
        }

        using var lease = callers.AttemptAcquire(caller.Id);
        var left = callers.GetStatistics(caller.Id)?.CurrentAvailablePermits ?? 0;
        var perSecond = options.RequestsPerMinute / 60.0;
        response.Headers["RateLimit-Limit"] = Text(burst);
        response.Headers["RateLimit-Remaining"] = Text(left);
        response.Headers["RateLimit-Reset"] = Text((long)Math.Ceiling((burst - left) / perSecond)); // until all of it is there again
        if (!lease.IsAcquired)
        {
            throw new TooManyRequestsException(
                $"These credentials may make {options.RequestsPerMinute} requests a minute, and {burst} at once.", TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(1 / perSecond))));
        }
    }

    public void Dispose()
    {
        requests.Dispose();
        bodies.Dispose();
        callers?.Dispose();
    }

    private static ConcurrencyLimiterOptions Queue(int permits) => new() { PermitLimit = permits, QueueLimit = permits, QueueProcessingOrder = QueueProcessingOrder.OldestFirst };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    // At most ten times a second a whole number of requests, so that few a minute come one by one.
    private TokenBucketRateLimiterOptions Bucket()
    {
        var perTick = Math.Max(1, options.RequestsPerMinute / (60 * TicksPerSecond));
        return new TokenBucketRateLimiterOptions { TokenLimit = burst, TokensPerPeriod = perTick, ReplenishmentPeriod = TimeSpan.FromMinutes((double)perTick / options.RequestsPerMinute) };
    }
}
