namespace Memory.Benchmarks.Faults;

/// <summary>A message as the product gives it back.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Position">Its position in its thread.</param>
/// <param name="Text">What it says.</param>
internal sealed record Found(string Id, long Position, string Text);

/// <summary>What a recall found.</summary>
/// <param name="Hits">Positions in the thread, best first, with the cosine of each; null for one without a vector.</param>
/// <param name="HasAsked">Whether the question had a vector; false where there is no embedder, or it did not answer.</param>
/// <param name="Pending">How many messages still await their vectors.</param>
internal sealed record Recalled(IReadOnlyList<(long Position, double? Cosine)> Hits, bool HasAsked, long Pending);
