using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Search over a LibSQL database: of a file in memory, otherwise on the server. The database is the caller's to close.</summary>
public sealed class LibSqlSearchIndex(LibSqlDatabase database) : ISearchIndex
{
    private readonly ISearchIndex search = database.OpenSearch();

    /// <inheritdoc/>
    public Task<SearchResult?> SearchAsync(SearchQuery query, CancellationToken cancellationToken = default) => search.SearchAsync(query, cancellationToken);

    /// <inheritdoc/>
    public Task<FoundMessages?> SearchAndReadAsync(SearchQuery query, RecallWindow window, CancellationToken cancellationToken = default) =>
        search.SearchAndReadAsync(query, window, cancellationToken);
}
