namespace Memory.Core;

/// <summary>How far a move to another embedder is.</summary>
/// <param name="Model">The model moved to.</param>
/// <param name="Dimensions">The length of its vectors.</param>
/// <param name="Remaining">How many messages still await a vector of it.</param>
public sealed record ReembedProgress(string Model, int Dimensions, long Remaining);
