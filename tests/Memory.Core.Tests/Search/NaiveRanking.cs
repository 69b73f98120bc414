namespace Memory.Core.Tests;

/// <summary>
/// The ranking's definition written down as plainly as possible: every message of the resource, for every term, from scratch.
/// Sums and products are taken in the published reference's order, so that what ties there ties here.
/// </summary>
internal sealed class NaiveRanking
{
    private const double K1 = 1.2;
    private const double B = 0.5;

    private static readonly (int Offset, double Share)[] Context = [(0, 1.0), (-1, 0.7), (1, 0.4), (-2, 0.4), (2, 0.2), (-3, 0.2)];

    private readonly Dictionary<(long Thread, long Position), Entry> entries = [];

    public void Put(long thread, int position, MessageRole role, long createdAt, IReadOnlyDictionary<string, int> counts) =>
        entries[(thread, position)] = new Entry(role, createdAt, counts);

    public void Remove(long thread, long position) => entries.Remove((thread, position));

    public IReadOnlyList<IndexHit> Search(IndexQuery query)
    {
        var there = entries
            .Where(entry => !(entry.Key.Thread == query.ExcludedThread && query.ExcludedPositions.Contains(entry.Key.Position)))
            .ToDictionary();
        List<IndexHit> hits = [];
        var attainable = query.Terms.Sum(term => Idf(there, term) * (K1 + 1));
        foreach (var ((thread, position), entry) in there)
        {
            var score = query.Terms.Sum(term => Score(there, thread, position, term));
            if (score > 0
                && (query.Thread is null || query.Thread == thread)
                && query.Roles?.Contains(entry.Role) != false
                && entry.CreatedAt >= query.From && entry.CreatedAt <= query.To
                && score >= query.MinScore * attainable)
            {
                hits.Add(new IndexHit(thread, (int)position, entry.CreatedAt, score, score / attainable));
            }
        }

        return [.. hits.OrderByDescending(hit => hit.Raw).ThenBy(hit => hit.CreatedAt).ThenBy(hit => hit.Thread).ThenBy(hit => hit.Position).Take(query.Top)];
    }

    private static double Idf(Dictionary<(long Thread, long Position), Entry> there, string term)
    {
        var holders = there.Values.Count(entry => entry.Counts.ContainsKey(term));
        return Math.Log(1 + ((there.Count - holders + 0.5) / (holders + 0.5)));
    }

    private static double Score(Dictionary<(long Thread, long Position), Entry> there, long thread, long position, string term)
    {
        var (tf, length) = (0.0, 0.0);
        foreach (var (offset, share) in Context)
        {
            if (there.TryGetValue((thread, position + offset), out var neighbour))
            {
                tf += share * neighbour.Counts.GetValueOrDefault(term);
                length += share * neighbour.Counts.Values.Sum();
            }
        }

        return Idf(there, term) * tf * (K1 + 1) / (tf + (K1 * (1 - B + (B * length / 50.0))));
    }

    private sealed record Entry(MessageRole Role, long CreatedAt, IReadOnlyDictionary<string, int> Counts);
}
