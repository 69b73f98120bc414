using System.Diagnostics;
using Memory.Core;
using Microsoft.Extensions.Logging;

namespace Memory.Queues;

/// <summary>Announces through an Azure queue that messages await their embedding. A wake-up is seen a second later, and stands for all that is stored until then.</summary>
public sealed partial class EmbeddingSignal(QueueServices queues, QueueOptions options, TimeProvider clock, ILogger<EmbeddingSignal> logger) : IEmbeddingSignal
{
    /// <summary>How long a wake-up gathers.</summary>
    public static TimeSpan Delay { get; } = TimeSpan.FromSeconds(1);

    // Later than that, the sweep has looked many times.
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    // When the last wake-up is seen, in the clock's timestamps. Before that, whoever it wakes will find what was stored meanwhile.
    private long seenAt = long.MinValue;

    /// <inheritdoc/>
    public async Task AnnounceAsync(CancellationToken cancellationToken = default)
    {
        var (now, last) = (clock.GetTimestamp(), Interlocked.Read(ref seenAt));
        if (now < last || Interlocked.CompareExchange(ref seenAt, now + (long)(Delay.TotalSeconds * clock.TimestampFrequency), last) != last)
        {
            return; // there is one under way, or somebody puts one this moment
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var span = TraceParent.Start($"send {queues.Embeddings.Name}", ActivityKind.Producer, traceparent: null);
            await queues.Embeddings.PutAsync(EmbeddingMessage.Announce(), Delay, Lifetime, either.Token);
        }
        catch (Exception exception) when (exception is MemoryStoreException or OperationCanceledException)
        {
            Interlocked.Exchange(ref seenAt, long.MinValue); // so that the next one tries
            cancellationToken.ThrowIfCancellationRequested();
            Log.NotAnnounced(logger, (exception as MemoryStoreException)?.Reason ?? $"no answer within {options.TimeoutSeconds:0.##} s");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "Messages await their embedding, which could not be announced, so that the sweep will find them: {Reason}")]
        public static partial void NotAnnounced(ILogger logger, string reason);
    }
}
