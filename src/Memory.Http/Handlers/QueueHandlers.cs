using System.Diagnostics;
using System.Text.Unicode;
using Memory.Core;
using Microsoft.Extensions.Logging;

namespace Memory.Http;

/// <summary>A message that a queue delivered.</summary>
/// <param name="Text">What it says, as it stands on the queue.</param>
/// <param name="MessageId">The queue's id of it, the same at every delivery.</param>
/// <param name="Deliveries">How often it was delivered, this time included.</param>
/// <param name="SentAt">When it was put on the queue; null when the queue does not say.</param>
public sealed record QueueDelivery(string Text, string MessageId, long Deliveries, DateTimeOffset? SentAt = null);

/// <summary>
/// What to do with a message of a queue, for any host. A call that returns is done with the message, and the host removes it; after one that throws, the host delivers it again.
/// </summary>
public sealed partial class QueueHandlers(
    AppendMessages append, AcceptOperations accept, RunOperations run, IOperationTransport transport, QueueAdmission admission, TimeProvider clock, ILogger<QueueHandlers> logger, EmbedMessages? embed = null)
{
    /// <summary>After how many deliveries a message is given up: enough for the storage to be away for some minutes. host.json says the same of the Functions host.</summary>
    public const int MaxDeliveries = 10;

    // Well within the time that a host gives a call.
    private static readonly TimeSpan EmbedLimit = TimeSpan.FromMinutes(4);

    /// <summary>A message of the queue of operations: runs what it announces, or what it is. See <see cref="OperationMessage"/>.</summary>
    public async Task OperationAsync(QueueDelivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            var message = Read(delivery.Text);
            using var span = TraceParent.Start("process operations", ActivityKind.Consumer, message.Traceparent);
            Describe(span, delivery);
            var operationId = await OperationIdAsync(message, delivery, cancellationToken);
            if (await run.RunUntilEndedAsync(operationId, cancellationToken) is { } delay)
            {
                // A new announcement, since this one's deliveries are for faults and not for waiting.
                await transport.PutOffAsync(operationId, delay, cancellationToken);
            }
        }
        catch (RefusedException refused)
        {
            await PoisonAsync(delivery, new OperationError(refused.Code.Name(), refused.Message), cancellationToken);
        }
#pragma warning disable CA1031 // The queue's edge: what keeps failing must not come for ever.
        catch (Exception fault) when (delivery.Deliveries >= MaxDeliveries && !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.GivenUp(logger, delivery.MessageId, delivery.Deliveries, fault);
            var reason = (fault as MemoryStoreException)?.Reason ?? "its handling failed each time; the log has the exception";
            await PoisonAsync(delivery, new OperationError(ErrorCodes.BackendUnavailable, reason), cancellationToken);
        }
    }

    /// <summary>A message of the queue of embeddings: embeds what awaits it. Whatever it says, it is only a wake-up.</summary>
    public async Task EmbeddingAsync(QueueDelivery delivery, CancellationToken cancellationToken)
    {
        using var span = TraceParent.Start("process embeddings", ActivityKind.Consumer, EmbeddingMessage.FindTraceparent(delivery.Text));
        Describe(span, delivery);
        try
        {
            for (var started = clock.GetTimestamp(); embed is not null && await embed.RunDueAsync(cancellationToken) > 0;)
            {
                if (clock.GetElapsedTime(started) > EmbedLimit)
                {
                    await embed.AnnounceAsync(pending: 1, cancellationToken);
                    return;
                }
            }
        }
#pragma warning disable CA1031 // As above. The sweep goes on looking, so that nothing is lost with a wake-up.
        catch (Exception fault) when (delivery.Deliveries >= MaxDeliveries && !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.GivenUp(logger, delivery.MessageId, delivery.Deliveries, fault);
        }
    }

    /// <summary>The operation that a message announces; an append of a producer becomes one first, the same at every delivery.</summary>
    private async Task<string> OperationIdAsync(OperationMessage message, QueueDelivery delivery, CancellationToken cancellationToken)
    {
        if (message.OperationId is { } operationId)
        {
            return operationId;
        }

        var key = message.Id ?? delivery.MessageId;
        var resourceId = await admission.ResourceAsync(message);
        var request = new AppendRequest { ResourceId = resourceId, ExpectedPosition = message.ExpectedPosition, Messages = message.Messages! }; // required by Read
        var batch = append.Prepare(message.ThreadId!, request, key); // required by Read
        return (await accept.KeepAppendAsync(request, batch, key, delivery.SentAt, cancellationToken)).Id;
    }

    private static void Describe(Activity? span, QueueDelivery delivery) => span?
        .SetTag("messaging.system", "azure_storage_queues").SetTag("messaging.operation.name", "process").SetTag("messaging.operation.type", "process")
        .SetTag("messaging.message.id", delivery.MessageId).SetTag("memory.deliveries", delivery.Deliveries);

    private static OperationMessage Read(string text)
    {
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length) || !Utf8.IsValid(bytes.AsSpan(0, length)))
        {
            throw new RefusedException(ErrorCode.InvalidRequest, "The message is not base64 of UTF-8.");
        }

        var message = RequestReader.Parse(bytes.AsMemory(0, length), CoreJson.Default.OperationMessage);
        var errors = new FieldErrors();
        if (message.Version != OperationMessage.CurrentVersion)
        {
            errors.Add("$.version", $"must be {OperationMessage.CurrentVersion}");
        }

        if (message.OperationId is null)
        {
            errors.CheckId("$.id", message.Id);
            errors.CheckId("$.threadId", message.ThreadId);
            errors.Require("$.threadId", message.ThreadId);
            errors.Require("$.messages", message.Messages);
        }
        else if (message != new OperationMessage { Version = message.Version, OperationId = message.OperationId, Traceparent = message.Traceparent })
        {
            errors.Add("$.operationId", "stands alone: an announcement has no other fields");
        }
        else
        {
            errors.CheckId("$.operationId", message.OperationId);
        }

        errors.ThrowIfAny();
        return message;
    }

    private async Task PoisonAsync(QueueDelivery delivery, OperationError error, CancellationToken cancellationToken)
    {
        if (!await transport.TryPoisonAsync(new GivenUp(delivery.Text, delivery.MessageId, OperationId: null, delivery.Deliveries, error), cancellationToken))
        {
            throw new MemoryStoreException("queue", "give up a message", isTransient: true, "the poison queue cannot be reached");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "Message {MessageId} is given up after {Deliveries} deliveries.")]
        public static partial void GivenUp(ILogger logger, string messageId, long deliveries, Exception exception);
    }
}
