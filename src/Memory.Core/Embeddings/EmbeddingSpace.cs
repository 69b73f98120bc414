namespace Memory.Core;

/// <summary>What vectors must have in common to be compared: stamped on every stored one.</summary>
/// <param name="Model">The model that made them, as configured: <c>text-embedding-3-small</c>.</param>
/// <param name="Dimensions">How many numbers each has.</param>
public sealed record EmbeddingSpace(string Model, int Dimensions)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Model} ({Dimensions} dimensions)";
}
