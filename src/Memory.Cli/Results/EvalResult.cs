using System.Text.Json.Serialization;
using Memory.Core;

namespace Memory.Cli;

/// <summary>How well recall found the answers.</summary>
internal sealed record EvalResult(int Messages, int Questions, string Embedder, EvalScope Resource, EvalScope? Thread)
{
    public static EvalResult From(EvaluationSet set, string embedder, EvaluationReport report) => new(
        set.Messages.Count, set.Questions.Count, embedder, EvalScope.From(report.Resource), report.Thread.All.Questions == 0 ? null : EvalScope.From(report.Thread));
}

/// <summary>The figures of one scope.</summary>
internal sealed record EvalScope(EvalFigures All, IReadOnlyDictionary<string, EvalFigures> Kinds, double P50Ms, double P95Ms, int WithoutVector)
{
    public static EvalScope From(ScopeReport report) => new(
        EvalFigures.From(report.All), report.Kinds.ToDictionary(kind => kind.Key, kind => EvalFigures.From(kind.Value)),
        Math.Round(report.Within(0.5), 3), Math.Round(report.Within(0.95), 3), report.WithoutVector);
}

/// <summary>The figures of some questions.</summary>
internal sealed record EvalFigures(
    int Questions, [property: JsonPropertyName("hit@1")] double Hit1, [property: JsonPropertyName("hit@5")] double Hit5, [property: JsonPropertyName("hit@10")] double Hit10, double Mrr)
{
    public static EvalFigures From(RankingScore score) => new(
        score.Questions, Rounded(score.HitAt(1)), Rounded(score.HitAt(5)), Rounded(score.HitAt(10)), Rounded(score.MeanReciprocalRank()));

    private static double Rounded(double share) => Math.Round(share, 4);
}
