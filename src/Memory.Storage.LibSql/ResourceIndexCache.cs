using System.Collections.Concurrent;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>The search indexes of the resources searched most recently, within a bound in bytes.</summary>
internal sealed class ResourceIndexCache(long maxBytes)
{
    private readonly ConcurrentDictionary<long, ResourceIndex> indexes = [];

    /// <summary>Searches a resource as it is in the session's transaction, or later.</summary>
    public IReadOnlyList<LexicalHit> Search(SqliteSession session, long resourceKey, LexicalQuery query)
    {
        var index = indexes.GetOrAdd(resourceKey, static (key, max) => new ResourceIndex(key, max), maxBytes);
        var (hits, hasGrown) = index.Search(session, query);
        if (hasGrown)
        {
            DropOldest(index);
        }

        return hits;
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
