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
}
