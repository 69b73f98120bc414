using System.Diagnostics;

namespace Memory.Core;

/// <summary>
/// Gives back the part of a conversation that matters now. A turn is one call to the embedder (if there is one), one append (if it carries one)
/// and one search that also reads; a read of its own happens only when a tool call and its result stand on either side of a piece's edge.
/// A signal without weight is not asked for: the question is not embedded, or its words are looked for only if it could not be.
/// </summary>
public sealed class RecallMessages(IMessageStore store, ISearchIndex index, TimeProvider clock, EmbedMessages? embed = null, FusionWeights? weights = null)
{
    private readonly FusionWeights weights = weights ?? FusionWeights.Default;

    /// <summary>Recalls.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.ThreadNotFound"/>, <see cref="ErrorCode.DimensionMismatch"/>, and whatever the append is refused for.</exception>
    public Task<RecallResult> RecallAsync(RecallQuery query, CancellationToken cancellationToken = default) =>
        Instruments.Recall.Enabled || Telemetry.Source.HasListeners() ? MeasureAsync(query, cancellationToken) : RecallAsync(query, span: null, cancellationToken);

    private async Task<RecallResult> MeasureAsync(RecallQuery query, CancellationToken cancellationToken)
    {
        using var recall = Measured.Start("recall", Instruments.Recall, clock);
        try
        {
            var result = await RecallAsync(query, recall.Span, cancellationToken);
            recall.End();
            return result;
        }
        catch (Exception fault) when (recall.Fail(fault))
        {
            throw; // never: the filter notes and lets go
        }
    }

    private async Task<RecallResult> RecallAsync(RecallQuery query, Activity? span, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        var question = query.TopK == 0 ? null : query.Query ?? LastUserText(query.Append);
        var (batch, asked) = await EmbedAsync(query.Append, weights.Dense > 0 ? question : null, cancellationToken);
        var afterEmbed = clock.GetTimestamp();

        var appended = batch is null ? null : await AppendAsync(batch, cancellationToken);
        var afterAppend = clock.GetTimestamp();

        var terms = question is null || (weights.Lexical == 0 && asked?.Vector is not null) ? [] : LexicalEncoder.EncodeQuery(question);
        var (found, read) = await SearchAsync(query, terms, asked?.Vector, appended, cancellationToken);
        var afterSearch = clock.GetTimestamp();

        var messages = await CompleteAsync(query, found, read, cancellationToken);
        var afterRead = clock.GetTimestamp();

        var selection = new RecallSelection(query, found.Hits, messages);
        var (chosen, tokens) = selection.Choose();
        var explanation = new RecallExplanation(
            question, terms, asked?.Vector?.Space, asked?.Failure, found.Hits,
            clock.GetElapsedTime(afterEmbed, afterAppend), clock.GetElapsedTime(start, afterEmbed), clock.GetElapsedTime(afterAppend, afterSearch),
            clock.GetElapsedTime(afterSearch, afterRead), clock.GetElapsedTime(afterRead));
        CostReceipt.Current?.AddTime(
            appended is null ? null : clock.GetElapsedTime(afterEmbed, afterAppend), asked is null && batch?.Embedded is null ? null : clock.GetElapsedTime(start, afterEmbed),
            clock.GetElapsedTime(afterAppend, afterRead));
        Instruments.RecallHits.Record(found.Hits.Count);
        span?.SetTag("memory.thread.id", query.Scope.ThreadId).SetTag("memory.recall.hits", found.Hits.Count).SetTag("memory.messages", chosen.Count);
        return new RecallResult(ThreadOrdering.Interleave(chosen), tokens, query.MaxTokens is null, found.PendingEmbeddings, appended, explanation);
    }

    private static string? LastUserText(AppendBatch? batch) =>
        batch?.Messages.LastOrDefault(message => message.Role == MessageRole.User)?.Content.Text;

    /// <summary>Embeds what is to be appended and the question in one call.</summary>
    private async Task<(AppendBatch? Batch, EmbeddedQuestion? Asked)> EmbedAsync(AppendBatch? batch, string? question, CancellationToken cancellationToken) =>
        embed is null ? (batch, null)
        : batch is null ? (null, await embed.EmbedAsync(question, cancellationToken))
        : await embed.EmbedAsync(batch, embed.IsInline, question, cancellationToken);

    private async Task<AppendResult> AppendAsync(AppendBatch batch, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("append");
        span?.SetTag("memory.thread.id", batch.ThreadId).SetTag("memory.messages", batch.Messages.Count);
        var appended = await store.AppendAsync(batch, cancellationToken);
        await (embed?.AnnounceAsync(appended.PendingEmbeddings, cancellationToken) ?? Task.CompletedTask);
        return appended;
    }

    /// <summary>Searches and reads; only the latter when there is nothing to search for.</summary>
    private async Task<FoundMessages> SearchAsync(RecallQuery query, string[] terms, QueryVector? vector, AppendResult? appended, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("search");
        var window = new RecallWindow(query.LastMessages, query.Before, query.After);
        if (terms.Length == 0 && vector is null && embed is null)
        {
            var nothing = new SearchResult(query.Scope.ResourceId ?? "", [], 0);
            return new FoundMessages(nothing, query.Scope.ThreadId is null ? [] : await store.ReadAsync(window.Around(query.Scope, nothing), cancellationToken) ?? throw NoThread(query));
        }

        var search = new SearchQuery
        {
            Scope = query.Scope,
            Terms = terms,
            Vector = vector,
            Weights = weights,
            CountPending = embed is not null,
            TopK = query.TopK,
            MinScore = query.MinScore,
            Filter = query.Filter,
            ExcludedPositions = appended is null ? new HashSet<long>() : appended.Messages.Select(message => message.Position).ToHashSet(),
        };
        return await index.SearchAndReadAsync(search, window, cancellationToken) ?? throw NoThread(query);
    }

    /// <summary>Adds the other halves of tool calls, if any are missing.</summary>
    private async Task<IReadOnlyList<Message>> CompleteAsync(
        RecallQuery query, SearchResult found, IReadOnlyList<Message> messages, CancellationToken cancellationToken)
    {
        var missing = ToolPairs.RangesToComplete(messages, query.LastMessages > 0 ? query.Scope.ThreadId : null);
        return missing.Count == 0
            ? messages
            : ToolPairs.Complete(
                messages, await store.ReadAsync(new MessageRead { ResourceId = found.Hits.Count > 0 ? found.ResourceId : query.Scope.ResourceId, Ranges = missing }, cancellationToken) ?? []);
    }

    // A search or read finds no thread only when one was asked.
    private static RefusedException NoThread(RecallQuery query) => RefusedException.NoThread(query.Scope.ThreadId!);
}
