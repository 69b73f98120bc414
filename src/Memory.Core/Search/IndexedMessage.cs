namespace Memory.Core;

/// <summary>What an index keeps of a message beside its terms.</summary>
internal struct IndexedMessage(PositionTable thread, int position, int length, long createdAt, MessageRole role)
{
    public readonly PositionTable Thread = thread;
    public readonly long CreatedAt = createdAt;
    public readonly int Position = position;
    public readonly int Length = length;
    public readonly MessageRole Role = role;
    public double ContextLength;
    public bool Alive;

    /// <summary>Whether it has been embedded, be it with nothing to show for it: a text that is empty or was refused has no rows.</summary>
    public bool IsEmbedded;

    /// <summary>Its first row of the matrix, and how many there are.</summary>
    public int FirstRow;
    public int Rows;
}
