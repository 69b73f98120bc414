using System.Text.Json;

namespace Memory.Core;

/// <summary>Works off accepted operations. Each may run more than once and has its effect once: ids and times were fixed on acceptance.</summary>
public sealed class RunOperations(IOperationStore operations, AppendMessages append, OperationOptions options, TimeProvider clock, EmbedMessages? embed = null)
{
    /// <summary>How many operations one claim takes.</summary>
    public const int BatchSize = 32;

    /// <summary>How often a move to another embedder says how far it is.</summary>
    public static TimeSpan ReembedInterval { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Runs the operations that are due, oldest first, one after another so that a thread's appends keep their order.</summary>
    /// <returns>How many were taken; ask again while it is not 0.</returns>
    public async Task<int> RunDueAsync(CancellationToken cancellationToken = default)
    {
        var claimed = await operations.ClaimAsync(BatchSize, TimeSpan.FromSeconds(options.LeaseSeconds), clock.GetUtcNow(), cancellationToken);
        foreach (var operation in claimed)
        {
            await RunAsync(operation, cancellationToken);
        }

        return claimed.Count;
    }

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

        try
        {
            await (operation.Kind switch
            {
                AcceptOperations.AppendKind => AppendAsync(operation, cancellationToken),
                AcceptOperations.ReembedKind => ReembedAsync(operation, cancellationToken),
                _ => throw new JsonException($"The operation's kind '{operation.Kind}' is not known to this version."),
            });
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

        var request = JsonSerializer.Deserialize(payload.Text, CoreJson.Default.AppendRequest) ?? throw new JsonException("The operation's payload is null.");
        var result = await append.AppendForLaterAsync(append.Prepare(threadId, request), cancellationToken);
        await CompleteAsync(operation, JsonSerializer.Serialize(result, CoreJson.Default.AppendResult), cancellationToken);
    }

    /// <summary>Has everything listed for its new vectors, then looks in from time to time until the list is worked off.</summary>
    private async Task ReembedAsync(Operation operation, CancellationToken cancellationToken)
    {
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
        DateTimeOffset? retryAt = canRetry && operation.Attempts < options.MaxAttempts
            ? now + TimeSpan.FromSeconds(Math.Min(300, Math.Pow(2, operation.Attempts)))
            : null;
        await operations.FailAsync(operation.Id, operation.Attempts, error, retryAt, now, cancellationToken);
    }
}
