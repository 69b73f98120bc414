using Memory.Core;

namespace Memory.Http;

/// <summary>What a recall found.</summary>
/// <param name="Messages">Each once; by position within a thread, threads interleaved by time. Absent when a prompt was asked for.</param>
/// <param name="Prompt">The same as one text, when that was asked for.</param>
/// <param name="Usage">What they amount to.</param>
/// <param name="PendingEmbeddings">How many messages in scope still await their embedding.</param>
/// <param name="Append">What the append did, when the request carried one.</param>
/// <param name="Explain">How the hits came about, when asked.</param>
public sealed record RecallResponse(
    IReadOnlyList<MessageResponse>? Messages, string? Prompt, RecallUsage Usage, long PendingEmbeddings, AppendResult? Append, RecallExplain? Explain)
{
    internal static RecallResponse From(RecallResult result, bool explain, bool asPrompt = false) => new(
        asPrompt ? null : [.. result.Messages.Select(item => MessageResponse.From(item.Message) with { Source = item.Source.Name(), Score = item.Score is { } score ? Rounded(score) : null })],
        asPrompt ? RecallPrompt.Write(result.Messages) : null,
        new RecallUsage(result.Messages.Count, result.Tokens, result.TokensAreEstimated),
        result.PendingEmbeddings,
        result.Appended,
        explain ? RecallExplain.From(result.Explanation) : null);

    // Six decimals tell hits apart; the last bits of a logarithm would only differ between machines. Down, so that a score serves as minScore.
    internal static double Rounded(double score) => Math.Floor(score * 1e6) / 1e6;
}

/// <summary>What an answer amounts to.</summary>
/// <param name="Messages">Its messages.</param>
/// <param name="Tokens">Their tokens: counted (o200k) under <c>maxTokens</c>, otherwise a quarter of their bytes.</param>
/// <param name="Estimated">Whether the tokens are that estimate.</param>
public sealed record RecallUsage(int Messages, int Tokens, bool Estimated);

/// <summary>How a recall's hits came about.</summary>
/// <param name="Query">The question.</param>
/// <param name="Terms">Its lexical terms.</param>
/// <param name="Dense">Its vector, or why there is none; absent without an embedder.</param>
/// <param name="Hits">The hits, best first, those left out by a budget included.</param>
/// <param name="TimingsMs">Milliseconds by step: <c>append</c>, <c>embed</c>, <c>search</c>, <c>read</c>, <c>select</c>.</param>
public sealed record RecallExplain(
    string? Query, IReadOnlyList<string> Terms, ExplainedVector? Dense, IReadOnlyList<ExplainedHit> Hits, IReadOnlyDictionary<string, double> TimingsMs)
{
    internal static RecallExplain From(RecallExplanation explanation) => new(
        explanation.Query,
        explanation.Terms,
        explanation.Space is null && explanation.DenseFailure is null
            ? null
            : new ExplainedVector(explanation.Space?.Model, explanation.Space?.Dimensions, explanation.DenseFailure),
        [.. explanation.Hits.Select((hit, i) => new ExplainedHit(hit.ThreadId, hit.Position, i + 1, RecallResponse.Rounded(hit.Score), HitSignals.From(hit)))],
        new Dictionary<string, double>
        {
            ["append"] = explanation.AppendTime.TotalMilliseconds,
            ["embed"] = explanation.EmbedTime.TotalMilliseconds,
            ["search"] = explanation.SearchTime.TotalMilliseconds,
            ["read"] = explanation.ReadTime.TotalMilliseconds,
            ["select"] = explanation.SelectTime.TotalMilliseconds,
        });
}

/// <summary>A hit and where its score comes from.</summary>
/// <param name="ThreadId">Its thread.</param>
/// <param name="Position">Its position.</param>
/// <param name="Rank">1 for the best.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="Signals">What the score is made of.</param>
public sealed record ExplainedHit(string ThreadId, long Position, int Rank, double Score, HitSignals Signals);

/// <summary>The vector behind a recall.</summary>
/// <param name="Model">The model that made it.</param>
/// <param name="Dimensions">Its length.</param>
/// <param name="Failure">Why there is none and the search went by words alone.</param>
public sealed record ExplainedVector(string? Model, int? Dimensions, string? Failure);

/// <summary>The signals behind a score.</summary>
/// <param name="Lexical">The sum of idf × weight over the question's terms.</param>
/// <param name="LexicalRank">The place that this alone gives it; absent beyond those considered.</param>
/// <param name="Dense">The cosine of the angle between its nearest vector and the question's; absent without a vector.</param>
/// <param name="DenseRank">The place that this alone gives it; absent beyond those considered.</param>
public sealed record HitSignals(double Lexical, int? LexicalRank, double? Dense, int? DenseRank)
{
    internal static HitSignals From(SearchHit hit) => new(hit.Lexical, hit.LexicalRank, hit.Cosine, hit.DenseRank);
}
