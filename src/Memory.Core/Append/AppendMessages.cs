using System.Security.Cryptography;
using System.Text;

namespace Memory.Core;

/// <summary>The one door for messages: checks a request, works out everything a store writes, and stores it.</summary>
public sealed class AppendMessages(IMessageStore store, TimeProvider clock, EmbedMessages? embed = null)
{
    /// <summary>The longest name of a speaker, in characters.</summary>
    public const int MaxNameLength = 256;

    /// <summary>What to tell a caller whose name breaks the rule.</summary>
    public static string NameRule { get; } = $"must be 1 to {MaxNameLength} characters without control characters";

    /// <summary>Checks a request and gives every message its id, time, fingerprint and terms. Nothing is stored.</summary>
    /// <param name="threadId">The thread.</param>
    /// <param name="request">The request as it came.</param>
    /// <param name="idempotencyKey">Gives the same ids to messages without one whenever the request is sent again.</param>
    /// <param name="path">Where the request stands in the caller's JSON, for error paths.</param>
    /// <exception cref="RefusedException">With every field that is wrong.</exception>
    public AppendBatch Prepare(string threadId, AppendRequest request, string? idempotencyKey = null, string path = "$")
    {
        var now = clock.GetUtcNow().ToMicroseconds();
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        Check(errors, "threadId", threadId);
        Check(errors, $"{path}.resourceId", request.ResourceId);
        Check(errors, "Idempotency-Key", idempotencyKey);
        if (request.ExpectedPosition < 0)
        {
            errors[$"{path}.expectedPosition"] = "must be 0 or more";
        }

        if (request.Messages.Count > AppendBatch.MaxMessages)
        {
            throw new RefusedException(ErrorCode.PayloadTooLarge,
                $"An append holds at most {AppendBatch.MaxMessages} messages, and this one has {request.Messages.Count}. Send it in parts.");
        }

        if (request.Messages.Count == 0)
        {
            errors[$"{path}.messages"] = "must hold at least one message";
        }

        List<NewMessage> messages = new(request.Messages.Count);
        for (var i = 0; i < request.Messages.Count; i++)
        {
            if (Prepare(request.Messages[i], $"{path}.messages[{i}]", now, idempotencyKey is null ? null : (idempotencyKey, i), errors) is { } message)
            {
                messages.Add(message);
            }
        }

        return errors.Count > 0 ? throw RefusedException.Invalid(errors) : new AppendBatch
        {
            ThreadId = threadId,
            ResourceId = request.ResourceId,
            ExpectedPosition = request.ExpectedPosition,
            Messages = messages,
            Now = now,
        };
    }

    /// <summary>Stores what <see cref="Prepare(string, AppendRequest, string?, string)"/> made, with its vectors if it is embedded inline.</summary>
    public Task<AppendResult> AppendAsync(AppendBatch batch, CancellationToken cancellationToken = default) =>
        AppendAsync(batch, inline: embed?.IsInline == true, cancellationToken);

    /// <summary>The same for an operation, which nobody waits for: it leaves embedding to the worker, so that it is not held up by an embedder.</summary>
    public Task<AppendResult> AppendForLaterAsync(AppendBatch batch, CancellationToken cancellationToken = default) =>
        AppendAsync(batch, inline: false, cancellationToken);

    /// <summary>The request with the ids and times of a prepared batch, so that running it twice has one effect.</summary>
    public static AppendRequest Fix(AppendRequest request, AppendBatch batch) => request with
    {
        Messages = [.. request.Messages.Zip(batch.Messages, (input, message) =>
            input with { Id = message.Id, CreatedAt = message.CreatedAt.ToRfc3339() })],
    };

    private async Task<AppendResult> AppendAsync(AppendBatch batch, bool inline, CancellationToken cancellationToken)
    {
        using var append = Measured.Start("append", Instruments.Append, clock);
        append.Span?.SetTag("memory.thread.id", batch.ThreadId).SetTag("memory.messages", batch.Messages.Count);
        try
        {
            var receipt = CostReceipt.Current;
            var start = receipt is null ? 0 : clock.GetTimestamp();
            var embedded = embed is null ? batch : (await embed.EmbedAsync(batch, inline, question: null, cancellationToken)).Batch;
            var afterEmbed = receipt is null ? 0 : clock.GetTimestamp();
            var result = await store.AppendAsync(embedded, cancellationToken);
            receipt?.AddTime(append: clock.GetElapsedTime(afterEmbed), embed: inline ? clock.GetElapsedTime(start, afterEmbed) : null);
            await (embed?.AnnounceAsync(result.PendingEmbeddings, cancellationToken) ?? Task.CompletedTask);
            append.End();
            return result;
        }
        catch (Exception fault) when (append.Fail(fault))
        {
            throw; // never: the filter notes and lets go
        }
    }

    private static NewMessage? Prepare(MessageInput? input, string path, DateTimeOffset now, (string Key, int Index)? idempotency, Dictionary<string, string> errors)
    {
        var before = errors.Count;
        if (input is null)
        {
            errors[path] = "must be an object";
            return null;
        }

        Check(errors, $"{path}.id", input.Id);
        if (!IsName(input.Name))
        {
            errors[$"{path}.name"] = NameRule;
        }

        var createdAt = now;
        if (input.CreatedAt is not null && !Timestamps.TryParseRfc3339(input.CreatedAt, out createdAt))
        {
            errors[$"{path}.createdAt"] = "must be an RFC 3339 time with Z or an offset, such as 2030-01-31T09:00:00Z";
        }

        if (!MessageRoles.TryParse(input.Role, out var role))
        {
            errors[$"{path}.role"] = $"must be one of {MessageRoles.List}";
        }

        if (!MessageContent.TryCreate(input.Content, out var content, out var problem))
        {
            errors[$"{path}.content"] = problem;
        }

        if (input.Metadata is not null && input.Metadata.Text[0] != '{')
        {
            errors[$"{path}.metadata"] = "must be an object";
        }

        return errors.Count > before ? null : new NewMessage
        {
            Id = input.Id ?? (idempotency is var (key, index) ? DerivedId(key, index) : Identifier.New(now)),
            Role = role,
            Name = input.Name,
            Content = content,
            CreatedAt = createdAt,
            Metadata = input.Metadata,
            Fingerprint = MessageFingerprint.Of(role, input.Name, content, input.Metadata),
            Terms = LexicalEncoder.EncodeMessage(input.Name, content.Text, createdAt).ToBytes(),
        };
    }

    /// <summary>Whether a text may be a speaker's name, or there is none.</summary>
    public static bool IsName(string? name) => name is null || (name.Length is > 0 and <= MaxNameLength && !name.Any(char.IsControl));

    private static void Check(Dictionary<string, string> errors, string path, string? id)
    {
        if (id is not null && !Identifier.IsValid(id))
        {
            errors[path] = Identifier.Rule;
        }
    }

    // A UUID of version 8: our own meaning, the usual shape.
    private static string DerivedId(string key, int index)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{key}\n{index}"));
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString();
    }
}
