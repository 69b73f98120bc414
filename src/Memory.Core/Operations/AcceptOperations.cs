using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Memory.Core;

/// <summary>Accepts an append for later: kept first, announced then, so that what was answered is never lost.</summary>
public sealed class AcceptOperations(IOperationStore operations, IOperationSignal signal, TimeProvider clock)
{
    /// <summary>The kind of an operation that appends messages.</summary>
    public const string AppendKind = "append";

    /// <summary>Keeps an append. The same request with the same idempotency key gives the same operation.</summary>
    /// <param name="request">The request as it came.</param>
    /// <param name="batch">What <see cref="AppendMessages.Prepare(string, AppendRequest, string?, string)"/> made of it: its ids and times are kept.</param>
    /// <param name="idempotencyKey">The caller's key.</param>
    /// <param name="cancellationToken">Ends the call before it has begun to write.</param>
    public async Task<Operation> AcceptAppendAsync(AppendRequest request, AppendBatch batch, string? idempotencyKey, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow().ToMicroseconds();
        var payload = JsonSerializer.Serialize(AppendMessages.Fix(request, batch), CoreJson.Default.AppendRequest);
        var accepted = await operations.AcceptAsync(
            new Operation
            {
                Id = idempotencyKey is null ? Identifier.New(now) : DerivedId(batch.ThreadId, idempotencyKey, request),
                Kind = AppendKind,
                ResourceId = batch.ResourceId,
                ThreadId = batch.ThreadId,
                Payload = new RawJson(payload),
                CreatedAt = now,
                UpdatedAt = now,
            },
            cancellationToken);
        await signal.AnnounceAsync(accepted.Id, cancellationToken);
        return accepted;
    }

    // The request is part of the id: the same key with other messages is another operation, which then fails in conflict with the first.
    private static string DerivedId(string threadId, string key, AppendRequest request)
    {
        var text = JsonSerializer.Serialize(request, CoreJson.Default.AppendRequest);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{threadId}\n{key}\n{text}"));
        return Convert.ToHexStringLower(hash.AsSpan(0, 16));
    }
}
