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
}
