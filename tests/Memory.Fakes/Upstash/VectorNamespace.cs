namespace Memory.Fakes;

/// <summary>The vectors of one namespace, twice: as they were written, and as queries see them once they are indexed.</summary>
internal sealed class VectorNamespace(FakeUpstashVectorOptions options)
{
    private readonly SortedDictionary<string, StoredVector> stored = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, StoredVector> indexed = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, StoredVector? Vector, DateTimeOffset At)> pending = [];

    /// <summary>What queries see.</summary>
    public IReadOnlyDictionary<string, StoredVector> Indexed => indexed;

    /// <summary>What was written.</summary>
    public IReadOnlyDictionary<string, StoredVector> Stored => stored;

    /// <summary>What fetch and range see.</summary>
    public IReadOnlyDictionary<string, StoredVector> Readable => options.ReadsSeePending ? stored : indexed;

    /// <summary>How many vectors wait to be indexed. Whether the service counts deletes is not documented; they count here.</summary>
    public int Pending => pending.Select(change => change.Id).Distinct().Count();

    public void Put(StoredVector vector)
    {
        stored[vector.Id] = vector;
        pending.Enqueue((vector.Id, vector, options.Clock.GetUtcNow()));
    }

    public bool Delete(string id)
    {
        if (!stored.Remove(id))
        {
            return false;
        }

        pending.Enqueue((id, null, options.Clock.GetUtcNow()));
        return true;
    }

    /// <summary>Indexes what has waited long enough, or everything.</summary>
    public void Index(bool everything = false)
    {
        var now = options.Clock.GetUtcNow();
        while (pending.TryPeek(out var change) && (everything || (options.IndexDelay is { } delay && change.At + delay <= now)))
        {
            pending.Dequeue();
            if (change.Vector is { } vector)
            {
                indexed[change.Id] = vector;
            }
            else
            {
                indexed.Remove(change.Id);
            }
        }
    }
}
