namespace Memory.Core;

/// <summary>
/// Finds messages by what they say. What it searches is written by the store's own transactions (docs/decisions/0002), so that an append is
/// searchable when it returns, and an edit or delete leaves nothing behind.
/// </summary>
public interface ISearchIndex
{
    /// <summary>Searches a scope.</summary>
    /// <returns>Null when the scope's thread does not exist; no hits for an unknown resource.</returns>
    /// <exception cref="RefusedException"><see cref="ErrorCode.DimensionMismatch"/>: the stored vectors are of another space than the question's.</exception>
    Task<SearchResult?> SearchAsync(SearchQuery query, CancellationToken cancellationToken = default);

    /// <summary>
    /// Searches a scope and reads the hits, their neighbours and the last messages of the scope's thread in the same call: what <see cref="SearchAsync"/> and
    /// <see cref="IMessageStore.ReadAsync"/> give one after the other, as of one moment.
    /// </summary>
    /// <returns>Null when the scope's thread does not exist; nothing for an unknown resource.</returns>
    /// <exception cref="RefusedException">As above.</exception>
    Task<FoundMessages?> SearchAndReadAsync(SearchQuery query, RecallWindow window, CancellationToken cancellationToken = default);
}

/// <summary>What to read beside the hits themselves.</summary>
/// <param name="Last">How many of the scope's thread's last messages.</param>
/// <param name="Before">How many messages before each hit.</param>
/// <param name="After">How many messages after each hit.</param>
public sealed record RecallWindow(int Last, int Before, int After)
{
    /// <summary>The read of a scope's last messages and of some hits with their neighbours.</summary>
    public MessageRead Around(SearchScope scope, SearchResult found) => new()
    {
        ThreadId = scope.ThreadId,
        Last = Last,
        ResourceId = found.Hits.Count > 0 ? found.ResourceId : scope.ResourceId,
        Ranges = PositionRanges.Union(found.Hits.Select(hit => new PositionRange(hit.ThreadId, Math.Max(1, hit.Position - Before), hit.Position + After))),
    };
}

/// <summary>What a search found, with the messages around it.</summary>
/// <param name="Found">The hits.</param>
/// <param name="Messages">Each once, by thread id and position.</param>
public sealed record FoundMessages(SearchResult Found, IReadOnlyList<Message> Messages);
