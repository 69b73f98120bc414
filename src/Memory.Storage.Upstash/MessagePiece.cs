namespace Memory.Storage.Upstash;

/// <summary>A run of a thread's messages.</summary>
/// <param name="ThreadId">The thread.</param>
/// <param name="From">The first position, or for the last messages how far from the end.</param>
/// <param name="To">The last one.</param>
/// <param name="IsLast">Whether it is counted from the end, from 0.</param>
internal sealed record MessagePiece(string ThreadId, long From, long To, bool IsLast)
{
    private string By => IsLast ? "REV" : "BYSCORE";

    /// <summary>The command that reads it.</summary>
    public string[] Command(Keys keys) => ["ZRANGE", keys.Messages(ThreadId), Packed.Number(From), Packed.Number(To), By, "WITHSCORES"];

    /// <summary>What a script makes that command of.</summary>
    public string[] Arguments() => [ThreadId, Packed.Number(From), Packed.Number(To), By];
}
