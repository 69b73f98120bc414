using System.Diagnostics;
using System.Text.Json;

namespace Memory.Core;

/// <summary>Works off accepted operations. Each may run more than once and has its effect once: ids and times were fixed on acceptance.</summary>
public sealed class RunOperations(
    IOperationStore operations, AppendMessages append, OperationOptions options, TimeProvider clock, EmbedMessages? embed = null, IOperationTransport? transport = null)
    : IDisposable
{
    /// <summary>How many operations one claim takes.</summary>
    public const int BatchSize = 32;

    // Of different threads; more would only wait for one another in the store.
    private const int MostAtOnce = 8;

    // One claim at a time in a process, so that what the next one takes of a thread comes after what this one took.
    private readonly SemaphoreSlim claiming = new(1);

    /// <summary>How often a move to another embedder says how far it is.</summary>
    public static TimeSpan ReembedInterval { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Runs the operations that are due, oldest first: those of a thread one after another, so that its appends keep their order, and several threads at once.</summary>
    /// <returns>How many were taken; ask again while it is not 0.</returns>
    public async Task<int> RunDueAsync(CancellationToken cancellationToken = default)
    {
        await claiming.WaitAsync(cancellationToken);
        try
        {
            var claimed = await operations.ClaimAsync(BatchSize, TimeSpan.FromSeconds(options.LeaseSeconds), clock.GetUtcNow(), cancellationToken);
            await Parallel.ForEachAsync(
                claimed.GroupBy(operation => operation.ThreadId),
                new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = cancellationToken },
                async (thread, _) => // not its token, which the failure of one thread's operation would cancel for all
                {
                    foreach (var operation in thread)
                    {
                        await RunAsync(operation, cancellationToken);
                    }
                });
            return claimed.Count;
        }
        finally
        {
            claiming.Release();
        }
    }

    /// <summary>Runs operations that are due until a certain one has ended. It finishes what it has claimed, whatever becomes of its token.</summary>
    /// <returns>Null when it has ended, or is not there; otherwise when to ask again: another worker has it, or it waits for its next attempt.</returns>
    public async Task<TimeSpan?> RunUntilEndedAsync(string operationId, CancellationToken cancellationToken = default)
    {
        for (var taken = BatchSize; await operations.FindAsync(operationId, cancellationToken) is { Status: OperationStatus.Queued or OperationStatus.Running } waiting;)
        {
            if (taken == 0)
            {
                return waiting switch
                {
                    { Kind: AcceptOperations.ReembedKind } => ReembedInterval,
                    { Status: OperationStatus.Running } => TimeSpan.FromSeconds(options.LeaseSeconds),
                    _ => RetryDelay(waiting.Attempts),
                };
            }

            taken = await RunDueAsync(CancellationToken.None);
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => claiming.Dispose();

    /// <summary>Removes succeeded operations past their retention, in bounded steps.</summary>
    public async Task PurgeAsync(CancellationToken cancellationToken = default)
    {
        var before = clock.GetUtcNow() - TimeSpan.FromHours(options.RetentionHours);
        while (await operations.PurgeAsync(before, 1_000, cancellationToken) > 0)
        {
        }
    }

    private async Task RunAsync(Operation operation, CancellationToken cancellationToken)
    {
        if (operation.Attempts > options.MaxAttempts)
        {
            // Its workers died before they could say why: not one more try.
            var lost = new OperationError(ErrorCodes.BackendUnavailable, $"Given up: the worker ended during each of {options.MaxAttempts} attempts.");
            await FailAsync(operation, lost, canRetry: false, cancellationToken);
            return;
        }

        if (operation is { Attempts: 1, Result: null } && Instruments.QueueAge.Enabled) // a result says that it was run, and goes on
        {
            Instruments.QueueAge.Record((clock.GetUtcNow() - operation.CreatedAt).TotalSeconds, new KeyValuePair<string, object?>("memory.operation.kind", operation.Kind));
        }

        try
        {
            await (operation.Kind switch
            {
                AcceptOperations.AppendKind => AppendAsync(operation, cancellationToken),
                AcceptOperations.ReembedKind => ReembedAsync(operation, cancellationToken),
                _ => throw new JsonException($"The operation's kind '{operation.Kind}' is not known to this version."),
            });
        }
        catch (RefusedException refused) when (refused.Code == ErrorCode.ResourceErased)
        {
            await operations.RemoveAsync(operation.Id, cancellationToken); // it is part of what was erased
        }
        catch (RefusedException refused)
        {
            await FailAsync(operation, new OperationError(refused.Code.Name(), refused.Message), canRetry: false, cancellationToken);
        }
        catch (MemoryStoreException fault)
        {
            await FailAsync(operation, new OperationError(ErrorCodes.BackendUnavailable, fault.Reason), canRetry: true, cancellationToken);
        }
        catch (EmbeddingException failure)
        {
            await FailAsync(operation, new OperationError(ErrorCodes.BackendUnavailable, failure.Reason), canRetry: true, cancellationToken);
        }
        catch (JsonException broken)
        {
            await FailAsync(operation, new OperationError(ErrorCode.InvalidRequest.Name(), broken.Message), canRetry: false, cancellationToken);
        }
    }

    private async Task AppendAsync(Operation operation, CancellationToken cancellationToken)
    {
        if (operation is not { Payload: { } payload, ThreadId: { } threadId })
        {
            throw new JsonException("The operation has no payload or no thread.");
        }

        var kept = JsonSerializer.Deserialize(payload.Text, CoreJson.Default.KeptAppend) ?? throw new JsonException("The operation's payload is null.");
        using var span = Start(operation, kept.Traceparent);
        try
        {
            var result = await append.AppendForLaterAsync(append.Prepare(threadId, kept.ToRequest()) with { AcceptedAt = operation.CreatedAt }, cancellationToken);
            await CompleteAsync(operation, JsonSerializer.Serialize(result, CoreJson.Default.AppendResult), cancellationToken);
        }
        catch (Exception fault) when (HasFailed(span, fault))
        {
            throw; // never: the filter notes and lets go
        }
    }

    private static Activity? Start(Operation operation, string? traceparent) => TraceParent.Start("run operation", ActivityKind.Consumer, traceparent)
        ?.SetTag("memory.operation.id", operation.Id).SetTag("memory.operation.kind", operation.Kind).SetTag("memory.operation.attempt", operation.Attempts);

    private static bool HasFailed(Activity? span, Exception fault)
    {
        Measured.Fail(span, fault);
        return false;
    }

    /// <summary>Has everything listed for its new vectors, then looks in from time to time until the list is worked off.</summary>
    private async Task ReembedAsync(Operation operation, CancellationToken cancellationToken)
    {
        using var span = Start(operation, traceparent: null);
        var progress = await (embed?.MoveAsync(cancellationToken)
            ?? throw new RefusedException(ErrorCode.InvalidRequest, "This worker has no embedder configured. Set Memory__Embedding__Provider and redrive the operation."));
        var json = JsonSerializer.Serialize(progress, CoreJson.Default.ReembedProgress);
        if (progress.Remaining == 0)
        {
            await CompleteAsync(operation, json, cancellationToken);
            return;
        }

        var now = clock.GetUtcNow();
        await operations.ContinueAsync(operation.Id, operation.Attempts, new RawJson(json), now + ReembedInterval, now, cancellationToken);
    }

    private Task CompleteAsync(Operation operation, string result, CancellationToken cancellationToken) =>
        operations.CompleteAsync(operation.Id, operation.Attempts, new RawJson(result), clock.GetUtcNow(), cancellationToken);

    private async Task FailAsync(Operation operation, OperationError error, bool canRetry, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        DateTimeOffset? retryAt = canRetry && operation.Attempts < options.MaxAttempts ? now + RetryDelay(operation.Attempts) : null;
        if (retryAt is null && transport is not null)
        {
            // First, since a crash between the two makes it two messages, where the other order would make it none. If the queue is away, the store has it all the same.
            await transport.TryPoisonAsync(new GivenUp(Text: null, MessageId: null, operation.Id, operation.Attempts, error), cancellationToken);
        }

        await operations.FailAsync(operation.Id, operation.Attempts, error, retryAt, now, cancellationToken);
    }

    private static TimeSpan RetryDelay(int attempts) => TimeSpan.FromSeconds(Math.Min(300, Math.Pow(2, attempts)));
}
