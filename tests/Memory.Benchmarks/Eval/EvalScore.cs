using Memory.Core;

namespace Memory.Benchmarks.Eval;

/// <summary>Counts what a ranking found, over the question's resource and in its thread, and names the figures.</summary>
internal sealed class EvalScore
{
    private static readonly int[] Depths = [1, 5, 10, 20];
    private readonly RankingScore resource = new();
    private readonly RankingScore thread = new();

    /// <summary>How many hits over the whole resource are looked at, and how many in the question's own thread.</summary>
    public const int TopInResource = 20, TopInThread = 5;

    /// <summary>Adds one question's hits, best first; those in its own thread are empty when it names none.</summary>
    public void Add(EvaluationQuestion question, IReadOnlyList<string> inResource, IReadOnlyList<string> inThread)
    {
        resource.Add(inResource, question.Gold);
        thread.Add(inThread, question.Gold);
    }

    /// <summary>Shares of the questions, to four decimals.</summary>
    public IEnumerable<KeyValuePair<string, double>> Figures()
    {
        yield return Figure($"mrr@{TopInResource}", resource.MeanReciprocalRank());
        foreach (var depth in Depths)
        {
            yield return Figure($"hit@{depth}", resource.HitAt(depth));
        }

        foreach (var depth in Depths)
        {
            yield return Figure($"recall@{depth}", resource.RecallAt(depth));
        }

        yield return Figure($"hit@{TopInThread} in thread", thread.HitAt(TopInThread));
    }

    private static KeyValuePair<string, double> Figure(string name, double share) => new(name, Math.Round(share, 4));
}
