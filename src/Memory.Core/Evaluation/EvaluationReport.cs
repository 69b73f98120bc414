namespace Memory.Core;

/// <summary>How well recall found the answers.</summary>
public sealed class EvaluationReport
{
    /// <summary>Searches over all threads of the question's resource.</summary>
    public ScopeReport Resource { get; } = new();

    /// <summary>Searches in the question's thread, for the questions that name one.</summary>
    public ScopeReport Thread { get; } = new();
}

/// <summary>How well recall found the answers in one scope.</summary>
public sealed class ScopeReport
{
    private readonly List<double> milliseconds = [];
    private readonly SortedDictionary<string, RankingScore> kinds = new(StringComparer.Ordinal);

    /// <summary>All questions.</summary>
    public RankingScore All { get; } = new();

    /// <summary>The questions by kind, in the order of the kinds' names.</summary>
    public IReadOnlyDictionary<string, RankingScore> Kinds => kinds;

    /// <summary>How many questions were searched for by words alone although there is an embedder.</summary>
    public int WithoutVector { get; private set; }

    /// <summary>The time of a recall, in milliseconds, that a share of the recalls stay within; 0 without any.</summary>
    public double Within(double share)
    {
        if (milliseconds.Count == 0)
        {
            return 0;
        }

        double[] sorted = [.. milliseconds.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    internal void Add(EvaluationQuestion question, IReadOnlyList<string> ranked, TimeSpan time, bool isWithoutVector)
    {
        milliseconds.Add(time.TotalMilliseconds);
        WithoutVector += isWithoutVector ? 1 : 0;
        All.Add(ranked, question.Gold);
        if (!kinds.TryGetValue(question.KindOrWord, out var kind))
        {
            kinds[question.KindOrWord] = kind = new RankingScore();
        }

        kind.Add(ranked, question.Gold);
    }
}
