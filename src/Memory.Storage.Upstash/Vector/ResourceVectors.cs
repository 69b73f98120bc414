namespace Memory.Storage.Upstash;

/// <summary>A resource's vectors in memory, as far as they were fetched.</summary>
/// <param name="dimensions">How many numbers a vector has.</param>
internal sealed class ResourceVectors(int dimensions)
{
    // What a vector takes beside its numbers, roughly: its id, the content's, and the tables they are in.
    private const int BytesBeside = 700;

    private readonly Dictionary<string, (long Number, QuantisedVector Vector)> vectors = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private volatile QuantisedVector[]? all = [];
    private (long Last, long Forgotten) known;
    private volatile bool isRead;
    private Task? reading;

    /// <summary>Whether everything up to <see cref="Known"/> is there, so that one page of changes is enough.</summary>
    public bool IsRead => isRead;

    /// <summary>Up to where it is known, and up to where removals were forgotten then.</summary>
    public (long Last, long Forgotten) Known
    {
        get
        {
            lock (gate)
            {
                return known;
            }
        }
    }

    /// <summary>The memory it takes, roughly.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
            {
                return vectors.Count * (long)(dimensions + BytesBeside);
            }
        }
    }

    /// <summary>All vectors, in no order.</summary>
    public QuantisedVector[] All()
    {
        if (all is { } ready)
        {
            return ready;
        }

        lock (gate)
        {
            return all ??= [.. vectors.Values.Select(pair => pair.Vector)];
        }
    }

    /// <summary>Reads everything, once for all who ask meanwhile.</summary>
    /// <param name="next">Asks for the page after what is known; not with a caller's token, since others wait for it too.</param>
    public Task ReadAsync(Func<(long Last, long Forgotten), Task<VectorPage>> next)
    {
        lock (gate)
        {
            isRead = false;
            return reading is { IsCompleted: false } ? reading : reading = ReadAllAsync(next);
        }
    }

    /// <summary>Takes a page in.</summary>
    /// <param name="since">What was known when it was asked for.</param>
    /// <param name="page">The page.</param>
    /// <returns>False when what is known has been lost since, so that the page does not join on. Only who reads everything takes in a page that begins anew.</returns>
    public bool Apply(long since, VectorPage page)
    {
        lock (gate)
        {
            if (page.IsAnew)
            {
                vectors.Clear();
            }
            else if (known.Last < since)
            {
                return false;
            }
            else if (known.Last > page.Last)
            {
                return true; // an answer that was overtaken
            }

            if (page.Last != since || page.IsAnew)
            {
                Change(page);
            }

            known = (page.Last, page.Forgotten);
            return true;
        }
    }

    private async Task ReadAllAsync(Func<(long Last, long Forgotten), Task<VectorPage>> next)
    {
        await Task.Yield(); // out of the lock
        VectorPage page;
        do
        {
            var before = Known;
            page = await next(before);
            Apply(before.Last, page);
        }
        while (page.HasMore || Known.Last < page.Last);

        isRead = true;
    }

    private void Change(VectorPage page)
    {
        foreach (var (id, number, text) in page.Vectors)
        {
            if (QuantisedVector.Parse(text, dimensions) is { } vector)
            {
                vectors[id] = (number, vector);
            }
        }

        foreach (var id in page.Removed)
        {
            vectors.Remove(id);
        }

        foreach (var id in vectors.Where(pair => pair.Value.Number < page.First).Select(pair => pair.Key).ToList())
        {
            vectors.Remove(id);
        }

        all = null;
    }
}
