using System.Text.Json;

namespace Memory.Core;

/// <summary>Works off accepted operations. Each may run more than once and has its effect once: ids and times were fixed on acceptance.</summary>
public sealed class RunOperations(IOperationStore operations, AppendMessages append, OperationOptions options, TimeProvider clock)
{
    /// <summary>How many operations one claim takes.</summary>
    public const int BatchSize = 32;

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
            var result = await AppendAsync(operation, cancellationToken);
            var json = new RawJson(JsonSerializer.Serialize(result, CoreJson.Default.AppendResult));
            await operations.CompleteAsync(operation.Id, operation.Attempts, json, clock.GetUtcNow(), cancellationToken);
        }
        catch (RefusedException refused)
        {
            await FailAsync(operation, new OperationError(refused.Code.Name(), refused.Message), canRetry: false, cancellationToken);
        }
        catch (MemoryStoreException fault)
        {
            await FailAsync(operation, new OperationError(ErrorCodes.BackendUnavailable, fault.Reason), canRetry: true, cancellationToken);
        }
        catch (JsonException broken)
        {
            await FailAsync(operation, new OperationError(ErrorCode.InvalidRequest.Name(), broken.Message), canRetry: false, cancellationToken);
        }
    }

    private Task<AppendResult> AppendAsync(Operation operation, CancellationToken cancellationToken)
    {
        var payload = operation.Payload?.Text ?? throw new JsonException("The operation has no payload.");
        if (operation.Kind != AcceptOperations.AppendKind)
        {
            throw new JsonException($"The operation's kind '{operation.Kind}' is not known to this version.");
        }

        var request = JsonSerializer.Deserialize(payload, CoreJson.Default.AppendRequest) ?? throw new JsonException("The operation's payload is null.");
        return append.AppendForLaterAsync(append.Prepare(operation.ThreadId, request), cancellationToken);
    }

    private async Task FailAsync(Operation operation, OperationError error, bool canRetry, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        DateTimeOffset? retryAt = canRetry && operation.Attempts < options.MaxAttempts
            ? now + TimeSpan.FromSeconds(Math.Min(300, Math.Pow(2, operation.Attempts)))
            : null;
        await operations.FailAsync(operation.Id, operation.Attempts, error, retryAt, now, cancellationToken);
    }
}
