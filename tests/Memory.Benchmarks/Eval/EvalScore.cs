namespace Memory.Benchmarks.Eval;

/// <summary>Counts what a ranking found. A question without an answer among its hits counts as missed everywhere.</summary>
internal sealed class EvalScore
{
    private static readonly int[] Depths = [1, 5, 10, 20];
    private readonly int[] hits = new int[Depths.Length];
    private readonly double[] recalls = new double[Depths.Length];
    private int questions;
    private double reciprocalRanks;
    private int foundInThread;

    /// <summary>How many hits over the whole resource are looked at, and how many in the question's own thread.</summary>
    public const int TopInResource = 20, TopInThread = 5;

    /// <summary>Adds one question's hits, best first; those in its own thread are empty when it names none.</summary>
    public void Add(EvalQuestion question, IReadOnlyList<string> inResource, IReadOnlyList<string> inThread)
    {
        var gold = question.Gold.ToHashSet(StringComparer.Ordinal);
        questions++;
        var rank = inResource.Select((id, at) => gold.Contains(id) ? at + 1 : 0).FirstOrDefault(at => at > 0);
        reciprocalRanks += rank == 0 ? 0 : 1.0 / rank;
        for (var i = 0; i < Depths.Length; i++)
        {
            var found = inResource.Take(Depths[i]).Count(gold.Contains);
            hits[i] += found > 0 ? 1 : 0;
            recalls[i] += (double)found / gold.Count;
        }

        foundInThread += inThread.Take(TopInThread).Any(gold.Contains) ? 1 : 0;
    }

    /// <summary>Shares of the questions, to four decimals. The mean reciprocal rank counts a first answer below the hits as 0.</summary>
    public IEnumerable<KeyValuePair<string, double>> Figures()
    {
        yield return Share($"mrr@{TopInResource}", reciprocalRanks);
        for (var i = 0; i < Depths.Length; i++)
        {
            yield return Share($"hit@{Depths[i]}", hits[i]);
        }

        for (var i = 0; i < Depths.Length; i++)
        {
            yield return Share($"recall@{Depths[i]}", recalls[i]);
        }

        yield return Share($"hit@{TopInThread} in thread", foundInThread);
    }

    private KeyValuePair<string, double> Share(string name, double sum) => new(name, Math.Round(sum / Math.Max(questions, 1), 4));
}
