namespace Memory.Core;

/// <summary>Counts how high the answers to questions stand in rankings. A question without an answer in its ranking counts as missed everywhere.</summary>
public sealed class RankingScore
{
    private readonly List<(int Rank, int[] Found, int Gold)> questions = [];

    /// <summary>How many questions were added.</summary>
    public int Questions => questions.Count;

    /// <summary>Adds one question's ranking.</summary>
    /// <param name="ranked">The ids of what was found, best first.</param>
    /// <param name="gold">The ids of its answers; at least one.</param>
    public void Add(IReadOnlyList<string> ranked, IReadOnlyCollection<string> gold)
    {
        var answers = gold.ToHashSet(StringComparer.Ordinal);
        int[] found = [.. ranked.Select((id, at) => (id, at)).Where(hit => answers.Contains(hit.id)).Select(hit => hit.at + 1)];
        questions.Add((found.Length == 0 ? 0 : found[0], found, answers.Count));
    }

    /// <summary>The share of questions with an answer among the first so many; 0 without questions.</summary>
    public double HitAt(int depth) => Share(question => question.Rank > 0 && question.Rank <= depth ? 1 : 0);

    /// <summary>The share of its answers that a question has among the first so many, on average.</summary>
    public double RecallAt(int depth) => Share(question => (double)question.Found.Count(rank => rank <= depth) / question.Gold);

    /// <summary>The mean of 1 ÷ the place of a question's first answer; one that is not in the ranking counts as 0.</summary>
    public double MeanReciprocalRank() => Share(question => question.Rank == 0 ? 0 : 1.0 / question.Rank);

    private double Share(Func<(int Rank, int[] Found, int Gold), double> of) => questions.Count == 0 ? 0 : questions.Average(of);
}
