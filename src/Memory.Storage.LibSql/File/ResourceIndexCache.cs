using System.Collections.Concurrent;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>The search indexes of the resources searched most recently, within a bound in bytes.</summary>
internal sealed class ResourceIndexCache(long maxBytes)
{
    // What is left of a full cache, in parts of it: there is something to look for once in many appends then, and not with each.
    private const double Kept = 0.9;

    private readonly ConcurrentDictionary<long, ResourceIndex> indexes = [];

    // Roughly: an index that is dropped while it grows stays counted until all are counted anew.
    private long bytes;

    /// <summary>The memory they take.</summary>
    public long Bytes => indexes.Values.Sum(index => index.Bytes);

    /// <summary>Drops the index of a resource that is erased: its key may be another's later.</summary>
    public void Drop(long resourceKey)
    {
        if (indexes.TryRemove(resourceKey, out var index))
        {
            Interlocked.Add(ref bytes, -index.Bytes);
        }
    }

    /// <summary>Asks a resource's index as it is in the session's transaction, or later.</summary>
    public T Search<T>(SqliteSession session, long resourceKey, VectorSpaces? space, IndexQuery query, Func<MessageIndex, IndexQuery, T> ask)
    {
        var index = indexes.GetOrAdd(resourceKey, key => new ResourceIndex(key, maxBytes));
        var (answer, growth) = index.Search(session, space, query, ask);
        if (growth != 0 && Interlocked.Add(ref bytes, growth) > maxBytes)
        {
            DropOldest(index);
        }

        return answer;
    }

    private void DropOldest(ResourceIndex current)
    {
        var total = Bytes;
        foreach (var index in indexes.Values.Where(index => index != current).OrderBy(index => index.LastUsed))
        {
            if (total <= Kept * maxBytes)
            {
                break;
            }

            if (indexes.TryRemove(new KeyValuePair<long, ResourceIndex>(index.ResourceKey, index)))
            {
                total -= index.Bytes;
            }
        }

        Interlocked.Exchange(ref bytes, total);
    }
}
