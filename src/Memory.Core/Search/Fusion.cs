namespace Memory.Core;

/// <summary>
/// Makes one ranking of two. Both signals are brought to one unit, the surprise of a match in nats. The words' score has it already: inverse document frequencies
/// are logarithms of how rare a term is. For vectors it is taken from the query's own best cosines: their tail falls off exponentially for texts that have nothing to do with
/// the query, so that the distance above the tail's foot, in units of its mean, says how unlikely chance is; a third of its square is counted. An embedder that tells nothing
/// has nothing that stands out, and one whose cosines all lie close together is as good as its order. Chosen by measurement (docs/decisions/0007).
/// </summary>
public static class Fusion
{
    /// <summary>The tail: at most this many of the best cosines, and at most half of those there are.</summary>
    private const int TailLength = 50, ShortestTail = 4;

    /// <summary>How many hits of each signal are to be considered for a number of hits wanted.</summary>
    public static int Depth(int top) => Math.Max(2 * TailLength, 4 * top);

    /// <summary>Ranks what either signal found.</summary>
    /// <param name="byWords">The best by words, best first, with their cosines where they have a vector.</param>
    /// <param name="byVector">The best by vectors, best first, with their words' scores.</param>
    /// <param name="attainable">What a message of nothing but the query's terms could reach by words.</param>
    /// <param name="weights">How much each signal counts.</param>
    /// <param name="top">How many at most.</param>
    /// <param name="minScore">The least score.</param>
    /// <returns>
    /// Best first, scored by their share of what a message that is best in both could reach. A message without a vector stands no lower than its words alone would place it.
    /// </returns>
    public static IReadOnlyList<IndexHit> Rank(
        IReadOnlyList<IndexHit> byWords, IReadOnlyList<IndexHit> byVector, double attainable, FusionWeights weights, int top, double minScore)
    {
        var tail = new Tail(byVector);
        var (words, vectors) = (2 * weights.Lexical / (weights.Lexical + weights.Dense), 2 * weights.Dense / (weights.Lexical + weights.Dense));
        var most = (words * attainable) + (vectors * (byVector.Count > 0 ? tail.Evidence(byVector[0]) : 0));
        List<IndexHit> ranked = [.. Union(byWords, byVector).Select(hit => hit with
        {
            Score = most > 0 ? ((words * hit.Raw) + (vectors * tail.Evidence(hit))) / most : 0,
        })];
        ranked.Sort(BestFirst);
        KeepPlaces(ranked);
        return [.. ranked.Where(hit => hit.Score >= minScore).Take(top)];
    }

    private static int BestFirst(IndexHit a, IndexHit b) =>
        a.Score != b.Score || a.Cosine == b.Cosine ? IndexHit.WorstFirst.Compare(b, a) : Nullable.Compare(b.Cosine, a.Cosine);

    private static IEnumerable<IndexHit> Union(IReadOnlyList<IndexHit> byWords, IReadOnlyList<IndexHit> byVector)
    {
        var hits = new Dictionary<(long, int), IndexHit>(byWords.Count + byVector.Count);
        for (var i = 0; i < byWords.Count; i++)
        {
            hits.Add((byWords[i].Thread, byWords[i].Position), byWords[i] with { LexicalRank = i + 1 });
        }

        for (var i = 0; i < byVector.Count; i++)
        {
            var key = (byVector[i].Thread, byVector[i].Position);
            hits[key] = hits.GetValueOrDefault(key, byVector[i]) with { DenseRank = i + 1 };
        }

        return hits.Values;
    }

    /// <summary>Moves messages without a vector up to where their words alone would place them: that it is missing must push nothing out.</summary>
    private static void KeepPlaces(List<IndexHit> ranked)
    {
        foreach (var hit in ranked.Where(hit => hit.Cosine is null).OrderBy(hit => hit.LexicalRank).ToList())
        {
            var (at, place) = (ranked.IndexOf(hit), hit.LexicalRank!.Value - 1); // without a vector only words can have found it
            if (at > place)
            {
                ranked.RemoveAt(at);
                ranked.Insert(place, hit with { Score = ranked[place].Score });
            }
        }
    }

    /// <summary>The foot of the best cosines' tail, and their mean height above it.</summary>
    private readonly struct Tail
    {
        private readonly double foot, mean;

        public Tail(IReadOnlyList<IndexHit> byVector)
        {
            var length = Math.Min(byVector.Count, Math.Clamp(byVector.Count / 2, ShortestTail, TailLength));
            if (length > 1)
            {
                foot = byVector[length - 1].Cosine!.Value; // found by its vector
                mean = byVector.Take(length).Average(hit => hit.Cosine!.Value) - foot; // as above
            }
        }

        public double Evidence(IndexHit hit)
        {
            var excess = mean > 1e-9 && hit.Cosine > foot ? (hit.Cosine.Value - foot) / mean : 0;
            return excess * excess / 3;
        }
    }
}
