namespace Memory.Core;

/// <summary>
/// Finds messages by what they say. What it searches is written by the store's own transactions (docs/decisions/0002), so that an append is
/// searchable when it returns, and an edit or delete leaves nothing behind.
/// </summary>
public interface ISearchIndex
{
    /// <summary>Searches a scope.</summary>
    /// <returns>Null when the scope's thread does not exist; no hits for an unknown resource.</returns>
    Task<SearchResult?> SearchAsync(SearchQuery query, CancellationToken cancellationToken = default);
}
