namespace Memory.Storage.Upstash;

/// <summary>The vectors of resources that were searched last, as many as fit.</summary>
/// <param name="mostBytes">The memory they may take, roughly.</param>
internal sealed class VectorCache(long mostBytes)
{
    private const int MostEntries = 10_000;

    private readonly Dictionary<string, LinkedListNode<Entry>> entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> byUse = [];
    private readonly Lock gate = new();
    private long bytes;

    /// <summary>A resource's vectors; empty, and not read, when they are not there.</summary>
    public ResourceVectors Get(string key, int dimensions)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(key, out var node))
            {
                entries[key] = node = new LinkedListNode<Entry>(new Entry(key, new ResourceVectors(dimensions)));
            }
            else
            {
                byUse.Remove(node);
            }

            byUse.AddFirst(node);
            return node.Value.Vectors;
        }
    }

    /// <summary>Counts what was read anew, and lets go of what was searched least lately.</summary>
    public void Count(string key)
    {
        lock (gate)
        {
            if (entries.TryGetValue(key, out var changed))
            {
                bytes -= changed.Value.Bytes;
                changed.Value.Bytes = changed.Value.Vectors.Bytes;
                bytes += changed.Value.Bytes;
            }

            while ((bytes > mostBytes || byUse.Count > MostEntries) && byUse.Count > 1)
            {
                var last = byUse.Last!.Value; // there is more than one
                byUse.RemoveLast();
                entries.Remove(last.Key);
                bytes -= last.Bytes;
            }
        }
    }

    private sealed class Entry(string key, ResourceVectors vectors)
    {
        public string Key { get; } = key;

        public ResourceVectors Vectors { get; } = vectors;

        public long Bytes { get; set; }
    }
}
