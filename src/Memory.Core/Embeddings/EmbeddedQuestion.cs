namespace Memory.Core;

/// <summary>A question's vector, or why there is none.</summary>
/// <param name="Vector">The vector; null when the embedder failed and the search goes by words.</param>
/// <param name="Failure">The reason, fit to show to the caller; null with a vector.</param>
public sealed record EmbeddedQuestion(QueryVector? Vector, string? Failure);
