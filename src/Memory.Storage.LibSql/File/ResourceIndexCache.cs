using System.Collections.Concurrent;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>The search indexes of the resources searched most recently, within a bound in bytes.</summary>
internal sealed class ResourceIndexCache(long maxBytes)
{
    private readonly ConcurrentDictionary<long, ResourceIndex> indexes = [];

    /// <summary>Asks a resource's index as it is in the session's transaction, or later.</summary>
    public T Search<T>(SqliteSession session, long resourceKey, VectorSpaces? space, IndexQuery query, Func<MessageIndex, IndexQuery, T> ask)
    {
        var index = indexes.GetOrAdd(resourceKey, key => new ResourceIndex(key, maxBytes));
        var (answer, hasGrown) = index.Search(session, space, query, ask);
        if (hasGrown)
        {
            DropOldest(index);
        }

        return answer;
    }

    private void DropOldest(ResourceIndex current)
    {
        var total = indexes.Values.Sum(index => index.Bytes);
        foreach (var index in indexes.Values.Where(index => index != current).OrderBy(index => index.LastUsed))
        {
            if (total <= maxBytes)
            {
                return;
            }

            if (indexes.TryRemove(new KeyValuePair<long, ResourceIndex>(index.ResourceKey, index)))
            {
                total -= index.Bytes;
            }
        }
    }
}
