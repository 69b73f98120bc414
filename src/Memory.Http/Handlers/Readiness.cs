using Memory.Core;
using Microsoft.Extensions.Options;

namespace Memory.Http;

/// <summary>Whether the service can do its work: the storage answers, and so does whatever else is configured. Probes that come at once share one look, and those that come soon after get its answer.</summary>
public sealed class Readiness(IMessageStore store, IEnumerable<IReadiness> others, IOptions<HttpOptions> options, TimeProvider clock)
{
    // Longer than any adapter's own limit for a sign of life that is still worth waiting for.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly TimeSpan keep = TimeSpan.FromSeconds(options.Value.ReadyCacheSeconds);
    private readonly Lock gate = new();
    private Look? last;

    /// <summary>Looks, or says what the last look saw.</summary>
    /// <exception cref="MemoryStoreException">What cannot be reached.</exception>
    public Task CheckAsync(CancellationToken cancellationToken)
    {
        Look look;
        lock (gate)
        {
            look = last = last is { } recent && (!recent.Answer.IsCompleted || clock.GetElapsedTime(recent.EndedAt) < keep) ? recent : Begin();
        }

        return look.Answer.WaitAsync(cancellationToken);
    }

    private Look Begin()
    {
        var look = new Look();
        look.Answer = LookAsync(look);
        return look;
    }

    private async Task LookAsync(Look look)
    {
        // Nobody's token: whoever began it may hang up, and others wait for the answer.
        using var limit = new CancellationTokenSource(Limit, clock);
        try
        {
            await Task.WhenAll([store.CheckAsync(limit.Token), .. others.Select(other => other.CheckAsync(limit.Token))]).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new MemoryStoreException("service", "give a sign of life", isTransient: true, $"no answer within {Limit.TotalSeconds:0} s");
        }
        finally
        {
            look.EndedAt = clock.GetTimestamp();
        }
    }

    private sealed class Look
    {
        public Task Answer { get; set; } = Task.CompletedTask;

        public long EndedAt { get; set; }
    }
}
