using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Memory.Core;

/// <summary>Accepts an append for later: kept first, announced then, so that what was answered is never lost.</summary>
public sealed class AcceptOperations(IOperationStore operations, IOperationSignal signal, TimeProvider clock, EmbedMessages? embed = null)
{
    /// <summary>The kind of an operation that appends messages.</summary>
    public const string AppendKind = "append";

    /// <summary>The kind of an operation that moves all vectors to the configured embedder.</summary>
    public const string ReembedKind = "reembed";

    /// <summary>Keeps an append and announces it. The same request with the same idempotency key gives the same operation.</summary>
    /// <param name="request">The request as it came.</param>
    /// <param name="batch">What <see cref="AppendMessages.Prepare(string, AppendRequest, string?, string)"/> made of it: its ids and times are kept.</param>
    /// <param name="idempotencyKey">The caller's key.</param>
    /// <param name="cancellationToken">Ends the call before it has begun to write.</param>
    public async Task<Operation> AcceptAppendAsync(AppendRequest request, AppendBatch batch, string? idempotencyKey, CancellationToken cancellationToken = default)
    {
        var accepted = await KeepAppendAsync(request, batch, idempotencyKey, sentAt: null, cancellationToken);
        await signal.AnnounceAsync(accepted.Id, cancellationToken);
        return accepted;
    }

    /// <summary>The same for a worker that runs it at once, and needs no announcement.</summary>
    /// <param name="request">As above.</param>
    /// <param name="batch">As above.</param>
    /// <param name="idempotencyKey">As above.</param>
    /// <param name="sentAt">When it was put on the queue that it comes from; null for now.</param>
    /// <param name="cancellationToken">As above.</param>
    public Task<Operation> KeepAppendAsync(AppendRequest request, AppendBatch batch, string? idempotencyKey, DateTimeOffset? sentAt = null, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow().ToMicroseconds();
        now = sentAt < now ? sentAt.Value.ToMicroseconds() : now; // the queue's clock may be ahead
        var payload = JsonSerializer.Serialize(KeptAppend.Of(AppendMessages.Fix(request, batch)), CoreJson.Default.KeptAppend);
        return operations.AcceptAsync(
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
    }

    /// <summary>Keeps a move of all vectors to the configured embedder. Asked twice, the second goes along with the first.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.InvalidRequest"/>: there is no embedder.</exception>
    public async Task<Operation> AcceptReembedAsync(CancellationToken cancellationToken = default)
    {
        if (embed is null)
        {
            throw new RefusedException(ErrorCode.InvalidRequest, "No embedder is configured, so there is nothing to move to. Set Memory__Embedding__Provider.");
        }

        var now = clock.GetUtcNow().ToMicroseconds();
        var operation = new Operation { Id = Identifier.New(now), Kind = ReembedKind, Payload = new RawJson("{}"), CreatedAt = now, UpdatedAt = now };
        var accepted = await operations.AcceptAsync(operation, cancellationToken);
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
