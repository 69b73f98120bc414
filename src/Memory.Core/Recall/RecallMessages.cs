namespace Memory.Core;

/// <summary>
/// Gives back the part of a conversation that matters now. A turn is one append (if it carries one), one call to the embedder (if there is one),
/// one search and one read; a second read happens only when a tool call and its result stand on either side of a piece's edge.
/// </summary>
public sealed class RecallMessages(IMessageStore store, ISearchIndex index, TimeProvider clock, EmbedMessages? embed = null, FusionWeights? weights = null)
{
    /// <summary>Recalls.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.ThreadNotFound"/>, <see cref="ErrorCode.DimensionMismatch"/>, and whatever the append is refused for.</exception>
    public async Task<RecallResult> RecallAsync(RecallQuery query, CancellationToken cancellationToken = default)
    {
        var start = clock.GetTimestamp();
        var appended = query.Append is null ? null : await store.AppendAsync(embed?.List(query.Append, embed.IsInline) ?? query.Append, cancellationToken);
        var afterAppend = clock.GetTimestamp();

        var question = query.TopK == 0 ? null : query.Query ?? LastUserText(query.Append);
        var (result, asked) = await EmbedAsync(query.Append, appended, question, cancellationToken);
        var afterEmbed = clock.GetTimestamp();

        var terms = question is null ? [] : LexicalEncoder.EncodeQuery(question);
        var found = await SearchAsync(query, terms, asked?.Vector, appended, cancellationToken);
        var afterSearch = clock.GetTimestamp();

        var messages = await ReadAsync(query, found, cancellationToken);
        var afterRead = clock.GetTimestamp();

        var selection = new RecallSelection(query, found.Hits, messages);
        var (chosen, tokens) = selection.Choose();
        var explanation = new RecallExplanation(
            question, terms, asked?.Vector?.Space, asked?.Failure, found.Hits,
            clock.GetElapsedTime(start, afterAppend), clock.GetElapsedTime(afterAppend, afterEmbed), clock.GetElapsedTime(afterEmbed, afterSearch),
            clock.GetElapsedTime(afterSearch, afterRead), clock.GetElapsedTime(afterRead));
        return new RecallResult(ThreadOrdering.Interleave(chosen), tokens, query.MaxTokens is null, found.PendingEmbeddings, result, explanation);
    }

    private static string? LastUserText(AppendBatch? batch) =>
        batch?.Messages.LastOrDefault(message => message.Role == MessageRole.User)?.Content.Text;

    /// <summary>Embeds what was appended and the question in one call.</summary>
    private async Task<(AppendResult? Appended, EmbeddedQuestion? Asked)> EmbedAsync(
        AppendBatch? batch, AppendResult? appended, string? question, CancellationToken cancellationToken)
    {
        if (embed is null)
        {
            return (appended, null);
        }

        return batch is null || appended is null
            ? (null, (await embed.EmbedAsync([], inline: false, question, cancellationToken)).Question)
            : await embed.EmbedAsync(batch, appended, embed.IsInline, question, cancellationToken);
    }

    private async Task<SearchResult> SearchAsync(
        RecallQuery query, string[] terms, QueryVector? vector, AppendResult? appended, CancellationToken cancellationToken)
    {
        if (terms.Length == 0 && vector is null && embed is null)
        {
            return new SearchResult(query.Scope.ResourceId ?? "", [], 0);
        }

        var search = new SearchQuery
        {
            Scope = query.Scope,
            Terms = terms,
            Vector = vector,
            Weights = weights ?? FusionWeights.Default,
            CountPending = embed is not null,
            TopK = query.TopK,
            MinScore = query.MinScore,
            Filter = query.Filter,
            ExcludedPositions = appended is null ? new HashSet<long>() : appended.Messages.Select(message => message.Position).ToHashSet(),
        };
        return await index.SearchAsync(search, cancellationToken) ?? throw RefusedException.NoThread(query.Scope.ThreadId!); // null only when a thread was asked
    }

    private async Task<IReadOnlyList<Message>> ReadAsync(RecallQuery query, SearchResult found, CancellationToken cancellationToken)
    {
        var read = new MessageRead
        {
            ThreadId = query.Scope.ThreadId,
            Last = query.LastMessages,
            ResourceId = found.Hits.Count > 0 ? found.ResourceId : null,
            Ranges = PositionRanges.Union(found.Hits.Select(hit =>
                new PositionRange(hit.ThreadId, Math.Max(1, hit.Position - query.Before), hit.Position + query.After))),
        };
        if (read.ThreadId is null && read.Ranges.Count == 0)
        {
            return [];
        }

        var messages = await store.ReadAsync(read, cancellationToken) ?? throw RefusedException.NoThread(query.Scope.ThreadId!); // as above
        var missing = ToolPairs.RangesToComplete(messages, read.Last > 0 ? read.ThreadId : null);
        if (missing.Count == 0)
        {
            return messages;
        }

        var nearby = await store.ReadAsync(new MessageRead { ResourceId = read.ResourceId, Ranges = missing }, cancellationToken) ?? [];
        return ToolPairs.Complete(messages, nearby);
    }
}
