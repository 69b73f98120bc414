namespace Memory.Cli;

/// <summary>How far a move to an embedder is.</summary>
/// <param name="Model">The model.</param>
/// <param name="Dimensions">The length of its vectors.</param>
/// <param name="Embedded">Messages embedded by this run.</param>
/// <param name="Remaining">Messages that still await their vectors.</param>
internal sealed record ReembedResult(string Model, int Dimensions, long Embedded, long Remaining);
