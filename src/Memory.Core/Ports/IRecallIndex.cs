namespace Memory.Core;

/// <summary>A search index that lies beside the messages it finds: it searches and reads in one call, where two would be two round trips.</summary>
public interface IRecallIndex : ISearchIndex
{
    /// <summary>
    /// Searches a scope and reads the hits, their neighbours and the last messages of the scope's thread: what <see cref="ISearchIndex"/> and
    /// <see cref="IMessageStore.ReadAsync"/> give one after the other, as of one moment.
    /// </summary>
    /// <returns>Null when the scope's thread does not exist; nothing for an unknown resource.</returns>
    /// <exception cref="RefusedException"><see cref="ErrorCode.DimensionMismatch"/>: the stored vectors are of another space than the question's.</exception>
    Task<FoundMessages?> SearchAndReadAsync(SearchQuery query, RecallWindow window, CancellationToken cancellationToken = default);
}

/// <summary>What to read beside the hits themselves.</summary>
/// <param name="Last">How many of the scope's thread's last messages.</param>
/// <param name="Before">How many messages before each hit.</param>
/// <param name="After">How many messages after each hit.</param>
public sealed record RecallWindow(int Last, int Before, int After);

/// <summary>What a search found, with the messages around it.</summary>
/// <param name="Found">The hits.</param>
/// <param name="Messages">Each once, by thread id and position.</param>
public sealed record FoundMessages(SearchResult Found, IReadOnlyList<Message> Messages);
