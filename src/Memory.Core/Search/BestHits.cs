namespace Memory.Core;

/// <summary>Keeps the best of the hits it is shown.</summary>
internal sealed class BestHits(int top, IComparer<IndexHit> worstFirst, Func<long, int, bool>? where)
{
    private readonly PriorityQueue<IndexHit, IndexHit> best = new(worstFirst);
    private readonly List<IndexHit> all = [];

    /// <summary>The hit that the next one has to beat; null as long as there is room.</summary>
    public IndexHit? ToBeat => where is null && best.Count == top ? best.Peek() : null;

    public void Add(IndexHit hit)
    {
        if (where is not null)
        {
            all.Add(hit); // asked later, in order, until enough have passed
        }
        else if (best.Count < top)
        {
            best.Enqueue(hit, hit);
        }
        else
        {
            best.EnqueueDequeue(hit, hit);
        }
    }

    /// <summary>The best, best first.</summary>
    public List<IndexHit> Ranked()
    {
        List<IndexHit> ranked = where is null ? [.. best.UnorderedItems.Select(item => item.Element)] : all;
        ranked.Sort((a, b) => worstFirst.Compare(b, a));
        return where is null ? ranked : [.. ranked.Where(hit => where(hit.Thread, hit.Position)).Take(top)];
    }
}
