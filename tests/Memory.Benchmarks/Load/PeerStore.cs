namespace Memory.Benchmarks.Load;

/// <summary>A store of the peer's with vectors, filled once for all lines that need one.</summary>
/// <param name="Place">Messages, vectors and the index over these.</param>
/// <param name="Messages">How many messages have a vector; fewer than were asked for when the time allowed for filling ran out.</param>
/// <param name="Note">How it was filled.</param>
internal sealed record PeerStore(IPlace Place, int Messages, string Note);
