using System.ComponentModel.DataAnnotations;

namespace Memory.Core;

/// <summary>What a recall gives when the request does not say (configuration: <c>Memory:Recall</c>).</summary>
public sealed class RecallOptions
{
    /// <summary>How many of the thread's last messages.</summary>
    [Range(0, RecallQuery.MaxLastMessages)]
    public int LastMessages { get; set; } = 30;

    /// <summary>How many hits.</summary>
    [Range(0, RecallQuery.MaxTopK)]
    public int TopK { get; set; } = 3;

    /// <summary>How many neighbours on either side of a hit.</summary>
    [Range(0, RecallQuery.MaxRange)]
    public int MessageRange { get; set; } = 2;

    /// <summary>
    /// How much the words count in a hybrid recall; only the ratio to <see cref="DenseWeight"/> matters. 0 looks for them only when the question could not be embedded:
    /// a message is then found as soon as it has its vector.
    /// </summary>
    [Range(0.0, 1_000.0)]
    public double LexicalWeight { get; set; } = 0.5;

    /// <summary>How much the vectors count. 0 does not embed the question.</summary>
    [Range(0.0, 1_000.0)]
    public double DenseWeight { get; set; } = 0.5;
}
