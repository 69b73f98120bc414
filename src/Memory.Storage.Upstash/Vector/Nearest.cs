using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>Gathers what a search found into contents: each once, by the nearest of its vectors, with what was written lately in place of what the index still has.</summary>
internal sealed class Nearest
{
    private readonly Dictionary<ContentVersion, double> cosines = [];
    private readonly NearestQuery query;
    private readonly string space;
    private readonly RecentVectors recent;

    public Nearest(NearestQuery query, string space, RecentVectors recent)
    {
        (this.query, this.space, this.recent) = (query, space, recent);
        foreach (var near in recent.Search(space, query))
        {
            Keep(near.Content, near.Cosine);
        }
    }

    /// <summary>How many contents there are.</summary>
    public int Count => cosines.Count;

    /// <summary>Adds what the index answered.</summary>
    public void Add(IReadOnlyList<VectorHit> hits)
    {
        foreach (var (vector, cosine) in hits)
        {
            if (vector is not null && vector.IsWanted(query) && !recent.Supersedes(space, vector.Id))
            {
                Keep(vector.Content, cosine);
            }
        }
    }

    /// <summary>The nearest of them.</summary>
    public NearestContents Contents(bool isComplete) => new(
        [.. cosines.OrderByDescending(pair => pair.Value).Take(query.Top).Select(pair => new NearContent(pair.Key, pair.Value))], isComplete && Count <= query.Top);

    private void Keep(ContentVersion content, double cosine) => cosines[content] = cosines.TryGetValue(content, out var known) ? Math.Max(known, cosine) : cosine;
}
