using System.Diagnostics;
using Memory.Core;
using Microsoft.Extensions.Logging;

namespace Memory.Queues;

/// <summary>Announces operations through an Azure queue. What is announced is in the store already, so that a queue that is away fails nobody: the sweep finds it.</summary>
public sealed partial class OperationTransport(QueueServices queues, QueueOptions options, TimeProvider clock, ILogger<OperationTransport> logger)
    : IOperationSignal, IOperationTransport
{
    // An announcement that nobody takes within a week is the sweep's long since.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <inheritdoc/>
    public Task AnnounceAsync(string operationId, CancellationToken cancellationToken = default) => TryPutAsync(operationId, TimeSpan.Zero, cancellationToken);

    /// <inheritdoc/>
    public Task PutOffAsync(string operationId, TimeSpan delay, CancellationToken cancellationToken = default) => TryPutAsync(operationId, delay, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> TryPoisonAsync(GivenUp givenUp, CancellationToken cancellationToken = default)
    {
        try
        {
            await PoisonAsync(givenUp, cancellationToken);
        }
        catch (MemoryStoreException fault)
        {
            Log.NotPoisoned(logger, givenUp.OperationId, givenUp.MessageId, fault.Reason, givenUp.Error.Message);
            return false;
        }

        Log.Poisoned(logger, givenUp.OperationId, givenUp.MessageId, queues.PoisonOperations.Name, givenUp.Attempts, givenUp.Error.Code, givenUp.Error.Message);
        return true;
    }

    private async Task PoisonAsync(GivenUp givenUp, CancellationToken cancellationToken)
    {
        var message = PoisonMessage.Of(givenUp, clock.GetUtcNow());
        if (message.ToText() is { Length: > QueueChannel.MaxText })
        {
            // It came through a queue and fits one; wrapped, it does not.
            var body = await queues.PoisonOperations.PutAsync(givenUp.Text!, TimeSpan.Zero, lifetime: null, cancellationToken); // only a text makes it this large
            message = message with { Body = null, Text = null, BodyIn = body };
        }

        await queues.PoisonOperations.PutAsync(message.ToText(), TimeSpan.Zero, lifetime: null, cancellationToken);
    }

    private async Task TryPutAsync(string operationId, TimeSpan delay, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var span = TraceParent.Start($"send {queues.Operations.Name}", ActivityKind.Producer, traceparent: null);
            span?.SetTag("memory.operation.id", operationId);
            await queues.Operations.PutAsync(OperationMessage.Announce(operationId), delay, Lifetime, either.Token);
        }
        catch (MemoryStoreException fault)
        {
            Log.NotAnnounced(logger, operationId, fault.Reason);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotAnnounced(logger, operationId, $"no answer within {options.TimeoutSeconds:0.##} s");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "Operation {OperationId} (message {MessageId}) went to the poison queue {Queue} after {Attempts} attempts, {Code}: {Reason}")]
        public static partial void Poisoned(ILogger logger, string? operationId, string? messageId, string queue, long attempts, string code, string reason);

        [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "Operation {OperationId} (message {MessageId}) was given up and could not be put on the poison queue ({Fault}): {Reason}")]
        public static partial void NotPoisoned(ILogger logger, string? operationId, string? messageId, string fault, string reason);

        [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "Operation {OperationId} is kept and could not be announced, so that the sweep will find it: {Reason}")]
        public static partial void NotAnnounced(ILogger logger, string operationId, string reason);
    }
}
