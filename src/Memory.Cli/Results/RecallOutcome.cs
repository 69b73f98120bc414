using Memory.Core;

namespace Memory.Cli;

/// <summary>What a recall found, in the form of the HTTP API.</summary>
internal sealed record RecallOutcome(IReadOnlyList<MessageResult> Messages, RecallTokens Usage, long PendingEmbeddings, RecallReasons? Explain)
{
    public static RecallOutcome From(RecallResult result, bool explain) => new(
        [.. result.Messages.Select(item => MessageResult.From(item.Message) with { Source = item.Source.Name(), Score = item.Score is { } score ? Rounded(score) : null })],
        new RecallTokens(result.Messages.Count, result.Tokens, result.TokensAreEstimated),
        result.PendingEmbeddings,
        explain ? RecallReasons.From(result.Explanation) : null);

    // Down, so that a score serves as --min-score.
    public static double Rounded(double score) => Math.Floor(score * 1e6) / 1e6;
}

/// <summary>What an answer amounts to.</summary>
internal sealed record RecallTokens(int Messages, int Tokens, bool Estimated);

/// <summary>How a recall's hits came about.</summary>
internal sealed record RecallReasons(string? Query, IReadOnlyList<string> Terms, RecallVector? Dense, IReadOnlyList<RecallHit> Hits, RecallTimes TimingsMs)
{
    public static RecallReasons From(RecallExplanation explanation) => new(
        explanation.Query,
        explanation.Terms,
        explanation.Space is null && explanation.DenseFailure is null
            ? null
            : new RecallVector(explanation.Space?.Model, explanation.Space?.Dimensions, explanation.DenseFailure),
        [.. explanation.Hits.Select((hit, i) => new RecallHit(
            hit.ThreadId, hit.Position, i + 1, RecallOutcome.Rounded(hit.Score), new RecallSignals(hit.Lexical, hit.LexicalRank, hit.Cosine, hit.DenseRank)))],
        new RecallTimes(
            explanation.EmbedTime.TotalMilliseconds, explanation.SearchTime.TotalMilliseconds, explanation.ReadTime.TotalMilliseconds, explanation.SelectTime.TotalMilliseconds));
}

/// <summary>The question's vector, or why there is none.</summary>
internal sealed record RecallVector(string? Model, int? Dimensions, string? Failure);

/// <summary>A hit.</summary>
internal sealed record RecallHit(string ThreadId, long Position, int Rank, double Score, RecallSignals Signals);

/// <summary>The signals behind a score.</summary>
internal sealed record RecallSignals(double Lexical, int? LexicalRank, double? Dense, int? DenseRank);

/// <summary>Milliseconds by step.</summary>
internal sealed record RecallTimes(double Embed, double Search, double Read, double Select);
