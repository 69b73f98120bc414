using Microsoft.Extensions.Logging;

namespace Memory.Core;

/// <summary>
/// Gives messages their vectors: before they are stored, within a limit, or later from the list of those that await theirs. Whatever the embedder
/// does, the messages are stored and can be found by their words, and those without vectors stay on the list until they have them.
/// </summary>
public sealed partial class EmbedMessages(
    Embedder embedder, IEmbeddingStore store, IEmbeddingSignal signal, EmbeddingOptions options, TimeProvider clock, ILogger<EmbedMessages> logger)
{
    // An embedder that hangs would otherwise cost every append and recall its whole limit.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);
    private const int MissesBeforeRest = 2;
    private int misses;
    private long restsSince;
    private EmbeddingSpace? refused;
    private int claimSize = options.BatchMessages;

    /// <summary>Whether an append or edit is embedded before it is stored.</summary>
    public bool IsInline => options.Mode == EmbeddingMode.Inline;

    /// <summary>Embeds what is to be appended, and the question of the same turn, in one call; without vectors a worker may embed the messages from now on.</summary>
    /// <param name="batch">What is to be appended.</param>
    /// <param name="inline">Whether to embed the messages now or to leave them to the worker.</param>
    /// <param name="question">The question; null without one.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The append as it is to be stored, and the question's vector or why there is none.</returns>
    public async Task<(AppendBatch Batch, EmbeddedQuestion? Question)> EmbedAsync(
        AppendBatch batch, bool inline, string? question, CancellationToken cancellationToken = default)
    {
        var (embedded, asked) = await AskAsync(
            inline ? [.. batch.Messages.Select(message => Text(message.Name, message.Content.Text))] : [], question, cancellationToken);
        return (batch with { Embedded = embedded, EmbeddingDueAt = clock.GetUtcNow() }, asked);
    }

    /// <summary>Embeds a message as an edit will leave it, if edits are embedded before they are stored.</summary>
    /// <returns>Its vectors; null when they are left to the worker.</returns>
    public async Task<EmbeddedTexts?> EmbedAsync(Message message, CancellationToken cancellationToken = default) =>
        (await AskAsync(IsInline ? [Text(message.Name, message.Content.Text)] : [], question: null, cancellationToken)).Embedded;

    /// <summary>Embeds a question.</summary>
    /// <returns>Its vector or why there is none; null without a question.</returns>
    public async Task<EmbeddedQuestion?> EmbedAsync(string? question, CancellationToken cancellationToken = default) =>
        (await AskAsync([], question, cancellationToken)).Question;

    /// <summary>Tells the worker of messages that were stored without their vectors.</summary>
    public Task AnnounceAsync(int pending, CancellationToken cancellationToken = default) =>
        pending > 0 ? signal.AnnounceAsync(cancellationToken) : Task.CompletedTask;

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

        using var span = Telemetry.Source.StartActivity("embed pending");
        span?.SetTag("memory.messages", claimed.Count);
        try
        {
            var limit = TimeSpan.FromSeconds(options.LeaseSeconds / 2.0); // the lease must not run out while the vectors are stored
            string[] texts = [.. claimed.Select(message => Text(message.Name, message.Text))];
            await PutAsync(claimed, await WithinAsync(limit, token => embedder.EmbedAsync(texts, token), cancellationToken), cancellationToken);
            Volatile.Write(ref misses, 0);
            claimSize = Math.Min(options.BatchMessages, claimSize * 2);
            return claimed.Count;
        }
        catch (EmbeddingException failure)
        {
            Measured.Fail(span, failure);
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

    /// <summary>Whether anybody wants to know how many messages await their vectors.</summary>
    public static bool IsMeasured => Instruments.PendingEmbeddings.Enabled;

    /// <summary>Records how many messages await their vectors, as the metric <c>memory.embeddings.pending</c>.</summary>
    public async Task MeasureAsync(CancellationToken cancellationToken = default) =>
        Instruments.PendingEmbeddings.Record(await store.CountAsync(cancellationToken));

    /// <summary>Asks for somebody who waits, and who goes on without vectors when there is no answer within the limit.</summary>
    private async Task<(EmbeddedTexts? Embedded, EmbeddedQuestion? Question)> AskAsync(
        IReadOnlyList<string> messages, string? question, CancellationToken cancellationToken)
    {
        messages = Volatile.Read(ref refused) is null ? messages : []; // vectors that would be refused need not be paid for
        if (messages.Count == 0 && question is null)
        {
            return (null, null);
        }

        try
        {
            ThrowIfResting();
            var limit = TimeSpan.FromSeconds(question is null ? options.InlineTimeoutSeconds : options.QueryTimeoutSeconds);
            var (embedded, asked) = await WithinAsync(limit, token => EmbedAsync(messages, question, token), cancellationToken);
            if (asked?.Vector is not null || embedded?.Vectors.Any(vector => vector.Length > 0) == true)
            {
                Volatile.Write(ref misses, 0);
            }

            return (embedded, asked);
        }
        catch (EmbeddingException failure)
        {
            if (failure.InnerException is TimeoutException)
            {
                Volatile.Write(ref restsSince, clock.GetTimestamp());
                Interlocked.Increment(ref misses);
            }

            Log.Failed(logger, messages.Count, question is null ? 0 : 1, failure.Reason);
            return (null, question is null ? null : new EmbeddedQuestion(null, failure.Reason));
        }
    }

    private async Task<(EmbeddedTexts? Embedded, EmbeddedQuestion? Question)> EmbedAsync(
        IReadOnlyList<string> messages, string? question, CancellationToken cancellationToken)
    {
        var vectors = await embedder.EmbedAsync([.. messages, .. question is null ? [] : (string[])[question]], cancellationToken);
        return (
            messages.Count == 0 ? null : new EmbeddedTexts(await embedder.FindSpaceAsync(cancellationToken), [.. vectors.Take(messages.Count)]),
            question is null ? null : await AskedAsync(question, vectors[^1], cancellationToken));
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

    private async Task PutAsync(IReadOnlyList<PendingMessage> messages, IReadOnlyList<ReadOnlyMemory<float>> vectors, CancellationToken cancellationToken)
    {
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
            // The messages are listed: what could not be written now is written later.
            throw new EmbeddingException(embedder.Model, isTransient: true, $"the vectors could not be stored: {fault.Reason}", retryAfter: null, fault);
        }
    }

    // Known after the first vector; asked for only when nothing else tells it.
    private Task<EmbeddingSpace> SpaceAsync(CancellationToken cancellationToken) =>
        WithinAsync(TimeSpan.FromSeconds(options.InlineTimeoutSeconds), embedder.FindSpaceAsync, cancellationToken);

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
    private static string Text(string? name, string text) => name is null || string.IsNullOrWhiteSpace(text) ? text : $"{name}: {text}";

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "{Messages} messages are stored without their vectors, which will follow, and {Questions} questions are searched for by words: {Reason}")]
        public static partial void Failed(ILogger logger, int messages, int questions, string reason);

        [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "{Count} messages go on waiting for their vectors: {Reason}")]
        public static partial void Postponed(ILogger logger, int count, string reason);

        [LoggerMessage(EventId = 3, Level = LogLevel.Error, Message = "Nothing is embedded: the stored vectors are of {Stored}, and the configured embedder is {Configured}.")]
        public static partial void Refused(ILogger logger, string stored, string configured);
    }
}
