namespace Memory.Core;

/// <summary>Makes one ranking of two.</summary>
public static class Fusion
{
    /// <summary>How many hits of each signal are considered for a number of hits wanted.</summary>
    public static int Depth(int top) => Math.Max(100, 4 * top);

    /// <summary>Ranks what either signal found.</summary>
    public static IReadOnlyList<IndexHit> Rank(
        IReadOnlyList<IndexHit> byWords, IReadOnlyList<IndexHit> byVector, double attainable, FusionWeights weights, int top, double minScore)
    {
        _ = attainable;
        var hits = new Dictionary<(long, int), IndexHit>();
        for (var i = 0; i < byWords.Count; i++)
        {
            hits[(byWords[i].Thread, byWords[i].Position)] = byWords[i] with { LexicalRank = i + 1 };
        }

        for (var i = 0; i < byVector.Count; i++)
        {
            var key = (byVector[i].Thread, byVector[i].Position);
            hits[key] = (hits.TryGetValue(key, out var known) ? known : byVector[i]) with { DenseRank = i + 1 };
        }

        var best = byWords.Count > 0 ? byWords[0].Raw : 1;
        var (near, far) = byVector.Count > 0 ? (byVector[0].Cosine!.Value, byVector[^1].Cosine!.Value) : (1, 0);
        List<IndexHit> ranked = [.. hits.Values.Select(hit => hit with
        {
            Score = ((weights.Lexical * hit.Raw / best) + (weights.Dense * (hit.Cosine is { } c ? Math.Clamp((c - far) / Math.Max(1e-9, near - far), 0, 1) : hit.Raw / best))) / (weights.Lexical + weights.Dense),
        })];
        ranked.Sort((a, b) => IndexHit.WorstFirst.Compare(b, a));
        return [.. ranked.Where(hit => hit.Score >= minScore).Take(top)];
    }
}
