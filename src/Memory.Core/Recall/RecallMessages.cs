namespace Memory.Core;

/// <summary>
/// Gives back the part of a conversation that matters now. A turn is one append (if it carries one), one search and one read;
/// a second read happens only when a tool call and its result stand on either side of a piece's edge.
/// </summary>
public sealed class RecallMessages(IMessageStore store, ISearchIndex index, TimeProvider clock)
{
    /// <summary>Recalls.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.ThreadNotFound"/>, and whatever the append is refused for.</exception>
    public async Task<RecallResult> RecallAsync(RecallQuery query, CancellationToken cancellationToken = default)
    {
        var start = clock.GetTimestamp();
        var appended = query.Append is null ? null : await store.AppendAsync(query.Append, cancellationToken);
        var afterAppend = clock.GetTimestamp();

        var question = query.Query ?? LastUserText(query.Append);
        var terms = question is null || query.TopK == 0 ? [] : LexicalEncoder.EncodeQuery(question);
        var found = await SearchAsync(query, terms, appended, cancellationToken);
        var afterSearch = clock.GetTimestamp();

        var messages = await ReadAsync(query, found, cancellationToken);
        var afterRead = clock.GetTimestamp();

        var selection = new RecallSelection(query, found.Hits, messages);
        var (chosen, tokens) = selection.Choose();
        var explanation = new RecallExplanation(
            question, terms, found.Hits,
            clock.GetElapsedTime(start, afterAppend), clock.GetElapsedTime(afterAppend, afterSearch),
            clock.GetElapsedTime(afterSearch, afterRead), clock.GetElapsedTime(afterRead));
        return new RecallResult(ThreadOrdering.Interleave(chosen), tokens, query.MaxTokens is null, found.PendingEmbeddings, appended, explanation);
    }

    private static string? LastUserText(AppendBatch? batch) =>
        batch?.Messages.LastOrDefault(message => message.Role == MessageRole.User)?.Content.Text;

    private async Task<SearchResult> SearchAsync(RecallQuery query, string[] terms, AppendResult? appended, CancellationToken cancellationToken)
    {
        if (terms.Length == 0)
        {
            return new SearchResult(query.Scope.ResourceId ?? "", [], 0);
        }

        var search = new SearchQuery
        {
            Scope = query.Scope,
            Terms = terms,
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
