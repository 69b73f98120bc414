using Memory.Core;
using Memory.Http;
using Memory.Queues;

namespace Memory.Server;

/// <summary>Takes messages from a queue and has them handled, as the Functions host does for its app: removed when done, and delivered again otherwise.</summary>
internal sealed partial class QueueWorker(
    QueueChannel channel, Func<QueueDelivery, CancellationToken, Task> handle, QueueOptions options, TimeProvider clock, ILogger<QueueWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    private readonly TimeSpan lease = TimeSpan.FromSeconds(options.LeaseSeconds), longestPause = TimeSpan.FromSeconds(options.PollSeconds);
    private bool isAway;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = FirstPause;
        while (!stoppingToken.IsCancellationRequested)
        {
            var received = await TryReceiveAsync(stoppingToken);
            await Task.WhenAll(received.Select(message => HandleAsync(message, stoppingToken)));
            pause = received.Count > 0 ? FirstPause : Shorter(pause * 2, longestPause);
            if (received.Count == 0)
            {
                await Task.Delay(pause, clock, stoppingToken);
            }
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task<IReadOnlyList<ReceivedMessage>> TryReceiveAsync(CancellationToken stoppingToken)
    {
        try
        {
            var received = await channel.ReceiveAsync(QueueChannel.MaxReceived, lease, stoppingToken);
            isAway = false;
            return received;
        }
        catch (MemoryStoreException fault)
        {
            if (!isAway)
            {
                Log.Away(logger, channel.Name, fault.Reason); // once, and not at every look
            }

            isAway = true;
            return [];
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return [];
        }
    }

    private async Task HandleAsync(ReceivedMessage message, CancellationToken stoppingToken)
    {
        using var ended = new CancellationTokenSource();
        var keeping = KeepAsync(message, ended.Token);
        var isDone = await TryHandleAsync(message, stoppingToken);
        await ended.CancelAsync();
        await keeping; // it may just have changed the message's receipt
        try
        {
            // Not the worker's token: a message left behind would wait until its lease runs out, or be handled again.
            await (isDone ? message.DeleteAsync(CancellationToken.None)
                : message.HideAsync(stoppingToken.IsCancellationRequested ? TimeSpan.Zero : TimeSpan.FromSeconds(options.RetrySeconds), CancellationToken.None));
        }
        catch (MemoryStoreException fault)
        {
            Log.Away(logger, channel.Name, fault.Reason); // it comes again, and has its effect once
        }
    }

    private async Task<bool> TryHandleAsync(ReceivedMessage message, CancellationToken stoppingToken)
    {
        try
        {
            await handle(new QueueDelivery(message.Text, message.MessageId, message.Deliveries, message.SentAt), stoppingToken);
            return true;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return false;
        }
#pragma warning disable CA1031 // The worker's edge: whatever it is, the message is delivered again.
        catch (Exception fault)
        {
            Log.Failed(logger, message.MessageId, message.Deliveries, fault);
            return false;
        }
#pragma warning restore CA1031
    }

    /// <summary>Renews a message's lease until its handling has ended.</summary>
    private async Task KeepAsync(ReceivedMessage message, CancellationToken ended)
    {
        try
        {
            do
            {
                await Task.Delay(lease / 2, clock, ended);
            }
            while (await message.HideAsync(lease, CancellationToken.None)); // not half a renewal, whose receipt nobody would know
        }
        catch (OperationCanceledException)
        {
            // It has ended.
        }
        catch (MemoryStoreException fault)
        {
            Log.Away(logger, channel.Name, fault.Reason); // somebody else may get it too, and has nothing left to do
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The queue {Queue} cannot be reached, and is tried again: {Reason}")]
        public static partial void Away(ILogger logger, string queue, string reason);

        [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "Delivery {Deliveries} of message {MessageId} failed, and it is delivered again.")]
        public static partial void Failed(ILogger logger, string messageId, long deliveries, Exception exception);
    }
}
