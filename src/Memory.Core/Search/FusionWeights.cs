namespace Memory.Core;

/// <summary>How much each signal counts in a hybrid search; only their ratio matters.</summary>
/// <param name="Lexical">The words' weight, 0 or more.</param>
/// <param name="Dense">The vectors' weight, 0 or more; not both 0.</param>
public sealed record FusionWeights(double Lexical, double Dense)
{
    /// <summary>Equal shares.</summary>
    public static FusionWeights Default { get; } = new(0.5, 0.5);
}
