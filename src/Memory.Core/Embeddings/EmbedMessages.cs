using Microsoft.Extensions.Logging;

namespace Memory.Core;

/// <summary>
/// Gives messages their vectors after they were stored: at once within a limit, or later from the list of those that await theirs. Whatever the embedder
/// does, the messages are there, can be found by their words, and stay on the list until their vectors are stored too.
/// </summary>
public sealed partial class EmbedMessages(
    Embedder embedder, IEmbeddingStore store, IEmbeddingSignal signal, EmbeddingOptions options, TimeProvider clock, ILogger<EmbedMessages> logger)
{
    // Past its own limit an append may still be storing what it got.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    // An embedder that hangs would otherwise cost every append and recall its whole limit.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);
    private const int MissesBeforeRest = 2;
    private int misses;
    private long restsSince;
    private EmbeddingSpace? refused;
    private int claimSize = options.BatchMessages;

    /// <summary>Whether an append or edit embeds before it is answered.</summary>
    public bool IsInline => options.Mode == EmbeddingMode.Inline;

    /// <summary>From when on the worker may embed a message stored now.</summary>
    /// <param name="inline">Whether the one who stores it tries first.</param>
    public DateTimeOffset DueAt(bool inline) =>
        clock.GetUtcNow() + (inline ? TimeSpan.FromSeconds(options.InlineTimeoutSeconds) + Grace : TimeSpan.Zero);

    /// <summary>Has an append's messages listed among those that await their vectors.</summary>
    public AppendBatch List(AppendBatch batch, bool inline) => batch with { EmbeddingDueAt = DueAt(inline) };

    /// <summary>Embeds what an append added, and the question of the same turn, in one call.</summary>
    /// <param name="batch">What was appended.</param>
    /// <param name="result">What the append did.</param>
    /// <param name="inline">Whether to embed the messages now or to leave them to the worker.</param>
    /// <param name="question">The question; null without one.</param>
    /// <param name="cancellationToken">Ends the call; the messages stay listed.</param>
    /// <returns>The append's result with the number of its messages that still await their vectors, and the question's vector or why there is none.</returns>
    public async Task<(AppendResult Appended, EmbeddedQuestion? Question)> EmbedAsync(
        AppendBatch batch, AppendResult result, bool inline, string? question, CancellationToken cancellationToken = default)
    {
        List<PendingMessage> added = [.. batch.Messages.Zip(result.Messages)
            .Where(pair => !pair.Second.Duplicate)
            .Select(pair => new PendingMessage(
                new MessageVersion(result.ThreadId, pair.Second.Position, Revision: 1, pair.First.Fingerprint), pair.First.Name, pair.First.Content.Text, Attempts: 0))];
        var (pending, asked) = await EmbedAsync(added, inline, question, cancellationToken);
        return (result with { PendingEmbeddings = result.PendingEmbeddings - added.Count + pending }, asked);
    }

    /// <summary>Embeds messages just stored, and a question in the same call, within the limit of an append or, with a question, of a recall; tells the worker of what remains.</summary>
    /// <param name="messages">What was stored; none is fine.</param>
    /// <param name="inline">Whether to try now or to leave the messages to the worker.</param>
    /// <param name="question">The question of the same turn; null without one.</param>
    /// <param name="cancellationToken">Ends the call; the messages stay listed.</param>
    /// <returns>How many of the messages still await their vectors, and the question's vector or why there is none.</returns>
    public async Task<(int Pending, EmbeddedQuestion? Question)> EmbedAsync(
        IReadOnlyList<PendingMessage> messages, bool inline, string? question, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<PendingMessage> now = inline && Volatile.Read(ref refused) is null ? messages : []; // vectors that would be refused need not be paid for
        var pending = messages.Count - now.Count;
        EmbeddedQuestion? asked = null;
        if (now.Count > 0 || question is not null)
        {
            var limit = TimeSpan.FromSeconds(question is null ? options.InlineTimeoutSeconds : options.QueryTimeoutSeconds);
            try
            {
                string[] texts = [.. now.Select(Text), .. question is null ? [] : (string[])[question]];
                var vectors = await AskAsync(limit, texts, cancellationToken);
                asked = question is null ? null : await AskedAsync(question, vectors[^1], cancellationToken);
                await PutAsync(now, vectors, cancellationToken);
            }
            catch (EmbeddingException failure)
            {
                Log.Failed(logger, now.Count, question is null ? 0 : 1, failure.Reason);
                asked ??= question is null ? null : new EmbeddedQuestion(null, failure.Reason);
                pending = messages.Count;
            }
        }

        if (pending > 0)
        {
            await signal.AnnounceAsync(cancellationToken);
        }

        return (pending, asked);
    }

    /// <summary>Embeds messages that are due, in one call to the embedder.</summary>
    /// <returns>How many were embedded; ask again while it is not 0.</returns>
    public async Task<int> RunDueAsync(CancellationToken cancellationToken = default)
    {
        if (await store.FindSpaceAsync(cancellationToken) is { } space && space.Model != embedder.Model)
        {
            if (Interlocked.Exchange(ref refused, space) != space)
            {
                Log.Refused(logger, space.ToString(), embedder.Model); // once, and not at every sweep
            }

            return 0;
        }

        Volatile.Write(ref refused, null);
        var claimed = await store.ClaimAsync(claimSize, TimeSpan.FromSeconds(options.LeaseSeconds), clock.GetUtcNow(), cancellationToken);
        if (claimed.Count == 0)
        {
            return 0;
        }

        try
        {
            var limit = TimeSpan.FromSeconds(options.LeaseSeconds / 2.0); // the lease must not run out while the vectors are stored
            await PutAsync(claimed, await WithinAsync(limit, token => embedder.EmbedAsync([.. claimed.Select(Text)], token), cancellationToken), cancellationToken);
            Volatile.Write(ref misses, 0);
            claimSize = Math.Min(options.BatchMessages, claimSize * 2);
            return claimed.Count;
        }
        catch (EmbeddingException failure)
        {
            Log.Postponed(logger, claimed.Count, failure.Reason);
            claimSize = Math.Max(1, claimSize / 2); // so that one text it cannot take, or too many of them, hold up few others
            await PostponeAsync(claimed, failure.RetryAfter);
            return 0;
        }
    }

    /// <summary>Makes the configured embedder's space the current one and has every message embedded for it. Asked again, it says how far that is.</summary>
    /// <exception cref="EmbeddingException">The embedder could not be asked for the length of its vectors.</exception>
    public async Task<ReembedProgress> MoveAsync(CancellationToken cancellationToken = default)
    {
        var space = await SpaceAsync(cancellationToken);
        var remaining = await store.MoveAsync(space, clock.GetUtcNow(), cancellationToken);
        if (remaining > 0)
        {
            await signal.AnnounceAsync(cancellationToken);
        }

        return new ReembedProgress(space.Model, space.Dimensions, remaining);
    }

    private async Task<EmbeddedQuestion> AskedAsync(string question, ReadOnlyMemory<float> vectors, CancellationToken cancellationToken)
    {
        if (vectors.Length == 0)
        {
            return new EmbeddedQuestion(null, string.IsNullOrWhiteSpace(question) ? "the question is empty" : "the embedder refused the question");
        }

        // A question longer than a chunk is searched for by its beginning.
        var space = await embedder.FindSpaceAsync(cancellationToken);
        return new EmbeddedQuestion(new QueryVector(space, vectors[..space.Dimensions]), null);
    }

    /// <summary>Stores vectors, of which there may be one more than there are messages.</summary>
    private async Task PutAsync(IReadOnlyList<PendingMessage> messages, IReadOnlyList<ReadOnlyMemory<float>> vectors, CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
        {
            return;
        }

        try
        {
            var space = await SpaceAsync(cancellationToken);
            await store.PutAsync(space, [.. messages.Zip(vectors, (message, values) => new MessageVectors(message.Message, values))], clock.GetUtcNow(), cancellationToken);
        }
        catch (RefusedException refused) when (refused.Code == ErrorCode.DimensionMismatch)
        {
            throw new EmbeddingException(embedder.Model, isTransient: false, refused.Message, retryAfter: null, refused);
        }
        catch (MemoryStoreException fault)
        {
            // The messages are stored and listed: what could not be written now is written from the list.
            throw new EmbeddingException(embedder.Model, isTransient: true, $"the vectors could not be stored: {fault.Reason}", retryAfter: null, fault);
        }
    }

    // Known after the first vector; asked for only when nothing else tells it.
    private Task<EmbeddingSpace> SpaceAsync(CancellationToken cancellationToken) =>
        WithinAsync(TimeSpan.FromSeconds(options.InlineTimeoutSeconds), embedder.FindSpaceAsync, cancellationToken);

    /// <summary>Asks for somebody who waits; after an embedder has kept several waiting in vain, nobody else waits for a while.</summary>
    private async Task<IReadOnlyList<ReadOnlyMemory<float>>> AskAsync(TimeSpan limit, string[] texts, CancellationToken cancellationToken)
    {
        ThrowIfResting();
        try
        {
            var vectors = await WithinAsync(limit, token => embedder.EmbedAsync(texts, token), cancellationToken);
            Volatile.Write(ref misses, vectors.Any(vector => vector.Length > 0) ? 0 : Volatile.Read(ref misses));
            return vectors;
        }
        catch (EmbeddingException failure) when (failure.InnerException is TimeoutException)
        {
            Volatile.Write(ref restsSince, clock.GetTimestamp());
            Interlocked.Increment(ref misses);
            throw;
        }
    }

    private async Task<T> WithinAsync<T>(TimeSpan limit, Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            // Twice limited: an embedder that does not listen to its token must not hold the append either.
            return await ask(either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EmbeddingException(embedder.Model, isTransient: true, $"no answer within {limit.TotalSeconds:0.##} s", retryAfter: null, new TimeoutException());
        }
#pragma warning disable CA1031 // The edge to whatever embedder was plugged in: its bugs are its failures, not the append's.
        catch (Exception exception) when (exception is not OperationCanceledException and not EmbeddingException)
        {
            throw new EmbeddingException(embedder.Model, isTransient: false, exception.Message, retryAfter: null, exception);
        }
#pragma warning restore CA1031
    }

    // The worker goes on asking, and its first answer ends the rest.
    private void ThrowIfResting()
    {
        if (Volatile.Read(ref misses) >= MissesBeforeRest && clock.GetElapsedTime(Volatile.Read(ref restsSince)) < Rest)
        {
            throw new EmbeddingException(embedder.Model, isTransient: true, "it did not answer in time lately, and is asked again soon");
        }
    }

    private async Task PostponeAsync(IReadOnlyList<PendingMessage> messages, TimeSpan? retryAfter)
    {
        foreach (var group in messages.GroupBy(message => message.Attempts))
        {
            var seconds = Math.Min(options.MaxRetrySeconds, Math.Pow(2, Math.Min(group.Key, 30) - 1));
            var wait = TimeSpan.FromSeconds(Math.Clamp(Math.Max(seconds, retryAfter?.TotalSeconds ?? 0), 0, options.MaxRetrySeconds));

            // Not the worker's token: a claim left behind would keep these waiting until its lease runs out.
            await store.PostponeAsync([.. group], clock.GetUtcNow() + wait, CancellationToken.None);
        }
    }

    /// <summary>What of a message is embedded: who speaks says half of what it is about.</summary>
    private static string Text(PendingMessage message) =>
        message.Name is null || string.IsNullOrWhiteSpace(message.Text) ? message.Text : $"{message.Name}: {message.Text}";

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "{Messages} messages were stored without their vectors, which will follow, and {Questions} questions were searched for by words: {Reason}")]
        public static partial void Failed(ILogger logger, int messages, int questions, string reason);

        [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "{Count} messages go on waiting for their vectors: {Reason}")]
        public static partial void Postponed(ILogger logger, int count, string reason);

        [LoggerMessage(EventId = 3, Level = LogLevel.Error, Message = "Nothing is embedded: the stored vectors are of {Stored}, and the configured embedder is {Configured}.")]
        public static partial void Refused(ILogger logger, string stored, string configured);
    }
}
